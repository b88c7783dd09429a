import { besideRecord, tagChanges } from './beside-record.ts'
import { type Changes, looksAsPlansDo } from './changes.ts'

const { beside, restore, set, retag } = besideRecord(
  'log-group',
  'aws_cloudwatch_log_group',
  'slow_log',
  'name',
)

const changes: Changes = {
  'logs are kept for longer': set({ retention_in_days: 30 }),
  'logs are kept for ever': set({ retention_in_days: 0 }),
  'a key': set({ kms_key_id: 'arn:aws:kms:us-gov-west-1:000000000000:key/another' }),
  'another class': set({ log_group_class: 'INFREQUENT_ACCESS' }),
  'it can not be deleted': set({ deletion_protection_enabled: true }),
  ...tagChanges(retag),
}

looksAsPlansDo(beside, changes, restore)
