import { logGroupAttributes } from '../../stacks/log-group/attributes.ts'
import { alarmAttributes } from '../../stacks/metric-alarm/attributes.ts'
import { parameterGroupAttributes } from '../../stacks/parameter-group/attributes.ts'
import { groupAttributes } from '../../stacks/replication-group/attributes.ts'
import type { AnswersBeside, NamesBeside, Tagged } from '../platform/beside.ts'
import type { GroupAnswers } from '../platform/platform.ts'

export type Attributes = Record<string, unknown>

/** The answers of AWS about an instance. */
export interface Answers {
  group: GroupAnswers | undefined
  beside: AnswersBeside
}

/** A resource as a refresh would find it, or why that can't be told. */
export type Refreshed = { attributes: Attributes } | { reason: string }

/** A kind of resource whose attributes after a refresh are known by AWS's answers. */
interface Kind {
  /** Its names in the stack. */
  named: RegExp
  refreshed(before: Attributes, answers: Answers): Refreshed
  /** Where its name goes, to be asked for. */
  beside?: keyof NamesBeside
  /**
   * Attributes that no refresh changes: Terraform keeps what the stack says of them. Any other one that AWS's answers
   * don't give can't be decided.
   */
  kept: string[]
}

const kinds: Record<string, Kind> = {
  aws_elasticache_replication_group: {
    named: /^redis$/,
    refreshed: refreshedGroup,
    kept: [
      'apply_immediately',
      'auth_token',
      'auth_token_update_strategy',
      'final_snapshot_identifier',
      'preferred_cache_cluster_azs',
      'snapshot_arns',
      'snapshot_name',
      'timeouts',
    ],
  },
  aws_elasticache_parameter_group: {
    named: /^parameters$/,
    beside: 'parameterGroups',
    refreshed: ({ id }, { beside }) =>
      refreshed(beside.parameterGroups.get(String(id)), parameterGroupAttributes),
    kept: [],
  },
  aws_cloudwatch_log_group: {
    named: /^(slow|engine)_log$/,
    beside: 'logGroups',
    refreshed: ({ id }, { beside }) => refreshed(beside.logGroups.get(String(id)), logGroupAttributes),
    kept: ['skip_destroy'],
  },
  aws_cloudwatch_metric_alarm: {
    named: /^alarm_/,
    beside: 'alarms',
    refreshed: ({ id }, { beside }) => refreshed(beside.alarms.get(String(id)), alarmAttributes),
    // Of alarms of a query, which the answers leave out.
    kept: ['metric_query'],
  },
}

/** Undefined for a resource that is not known here. */
export function kindOf({ mode, type, name }: { mode: string; type: string; name: string }): Kind | undefined {
  const kind = mode === 'managed' && Object.hasOwn(kinds, type) ? kinds[type] : undefined
  return kind?.named.test(name) ? kind : undefined
}

function refreshedGroup(before: Attributes, { group: answers }: Answers): Refreshed {
  if (!answers) return { reason: 'AWS tells of no such group' }
  const { status, group, tags } = answers
  if (status !== 'available') return { reason: `AWS is busy with it (${status})` }
  if (!group || !tags) return { reason: 'AWS has not told all of it' }
  return { attributes: { ...groupAttributes(group, before), tags } }
}

function refreshed<Described>(
  answer: Tagged<Described> | undefined,
  attributes: (described: Described) => Attributes,
): Refreshed {
  if (!answer?.tags) return { reason: 'AWS has not told all of it' }
  return { attributes: { ...attributes(answer.described), tags: answer.tags } }
}
