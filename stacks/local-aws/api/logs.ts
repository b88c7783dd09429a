import type { DatabaseSync } from 'node:sqlite'
import { describedLogGroup } from '../service/described-records.ts'
import { Fault } from '../service/faults.ts'
import {
  findRecord,
  listRecords,
  type NamedRecord,
  recordOf,
  removeRecord,
  saveRecord,
} from '../service/named-records.ts'
import type { Caller } from './signature.ts'

/** The beginning of the name of every action, in `x-amz-target`. */
export const LOGS_TARGET = 'Logs_20140328.'

interface Request {
  logGroupName?: string
  logGroupNamePrefix?: string
  limit?: number
  nextToken?: string
  retentionInDays?: number
  kmsKeyId?: string
  logGroupClass?: string
  resourceArn?: string
  tags?: Record<string, string>
  tagKeys?: string[]
}

type Call = (request: Request, caller: Caller) => object

/** The most that a page has. */
const MOST = 50

/** CloudWatch Logs as far as log groups go: they are kept, and nothing is written into them. */
export function logsActions(database: DatabaseSync): Record<string, Call> {
  const find = (region: string, name = ''): NamedRecord => {
    const record = findRecord(database, 'log-group', region, name)
    if (!record) throw new Fault('ResourceNotFoundException', 'The specified log group does not exist.')
    return record
  }
  const change = (record: NamedRecord, settings: Record<string, unknown>) => {
    saveRecord(database, 'log-group', { ...record, settings: { ...record.settings, ...settings } })
    return {}
  }
  const tagged = ({ resourceArn = '' }: Request, { region }: Caller) =>
    find(region, recordOf(resourceArn)?.name)

  return {
    CreateLogGroup({ logGroupName: name = '', kmsKeyId, logGroupClass, tags = {} }, { region }) {
      if (findRecord(database, 'log-group', region, name)) {
        throw new Fault('ResourceAlreadyExistsException', 'The specified log group already exists')
      }
      saveRecord(database, 'log-group', {
        name,
        region,
        tags,
        settings: {
          log_group_class: logGroupClass ?? 'STANDARD',
          ...(kmsKeyId ? { kms_key_id: kmsKeyId } : {}),
        },
      })
      return {}
    },
    DescribeLogGroups({ logGroupNamePrefix: prefix = '', limit = MOST, nextToken: after = '' }, { region }) {
      if (!(limit >= 1 && limit <= MOST)) {
        throw new Fault('InvalidParameterException', `limit must be from 1 to ${MOST}.`)
      }
      const found = listRecords(database, 'log-group', region, { prefix, after, limit: limit + 1 })
      const page = found.slice(0, limit)
      return { logGroups: page.map(shape), ...(found.length > limit ? { nextToken: page.at(-1)?.name } : {}) }
    },
    PutRetentionPolicy: ({ logGroupName, retentionInDays }, { region }) =>
      change(find(region, logGroupName), { retention_in_days: retentionInDays }),
    DeleteRetentionPolicy: ({ logGroupName }, { region }) =>
      change(find(region, logGroupName), { retention_in_days: 0 }),
    AssociateKmsKey: ({ logGroupName, kmsKeyId }, { region }) =>
      change(find(region, logGroupName), { kms_key_id: kmsKeyId }),
    DisassociateKmsKey: ({ logGroupName }, { region }) =>
      change(find(region, logGroupName), { kms_key_id: null }),
    DeleteLogGroup({ logGroupName }, { region }) {
      const { name } = find(region, logGroupName)
      removeRecord(database, 'log-group', region, name)
      return {}
    },
    ListTagsForResource: (request, caller) => ({ tags: tagged(request, caller).tags }),
    TagResource(request, caller) {
      const record = tagged(request, caller)
      saveRecord(database, 'log-group', { ...record, tags: { ...record.tags, ...request.tags } })
      return {}
    },
    UntagResource(request, caller) {
      const record = tagged(request, caller)
      const left = Object.entries(record.tags).filter(([key]) => !request.tagKeys?.includes(key))
      saveRecord(database, 'log-group', { ...record, tags: Object.fromEntries(left) })
      return {}
    },
  }
}

function shape(record: NamedRecord): object {
  const { name, arn, region: _region, ...told } = describedLogGroup(record)
  return { logGroupName: name, arn: `${arn}:*`, logGroupArn: arn, creationTime: 0, storedBytes: 0, ...told }
}
