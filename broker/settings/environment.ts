import { Cron } from 'croner'
import * as v from 'valibot'
import { awsProvider } from '../../stacks/aws-provider.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { DEFAULT_LIMITS } from '../../state-backend/index.ts'
import { secret, secretsIn } from '../../state-backend/settings/secret-files.ts'
import { knownVersions } from '../model/engine-versions.ts'
import { stateKinds } from '../model/state-kind.ts'
import { isTagValue } from '../model/tag-value.ts'
import { writtenWholeNumber } from '../text/whole-number.ts'

const text = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'))
const list = v.pipe(
  text,
  v.transform((value) => value.split(',').map((entry) => entry.trim())),
  v.check(
    (entries) => !entries.includes(''),
    'must be a list without empty entries: there is a comma too many',
  ),
  v.check((entries) => new Set(entries).size === entries.length, 'must not name anything twice'),
)
const tag = v.pipe(
  text,
  v.check(
    isTagValue,
    'must be at most 256 letters, digits, spaces and _.:/=+-@, without accents, and must not begin with aws:',
  ),
)
const optionalText = v.optional(text)
const httpUrl = v.pipe(
  text,
  v.regex(/^https?:\/\//, 'must begin with https:// or http://'),
  v.url('must be a URL'),
)
const optionalUsername = v.optional(
  v.pipe(
    text,
    v.regex(/^[^:]*$/, 'must not hold a colon: in a login the password begins after the first one'),
  ),
)
/** Not trimmed: blanks may belong to it. A line break never does, and the check of a login takes none. */
const optionalSecret = secret(
  v.optional(
    v.pipe(
      v.string(),
      v.check((value) => value.trim() !== '', 'must not be empty'),
      v.regex(/^[^\r\n\u2028\u2029]*$/, 'must not hold a line break, not at its end either'),
    ),
  ),
)
/** An address with a password in it. */
const optionalPostgresUrl = secret(
  v.optional(v.pipe(text, v.regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://'))),
)
const trueOrFalse = v.pipe(
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((value) => value === 'true'),
)

/** Every setting, by the name of its environment variable. The table in docs/operators.md follows this order. */
export const environmentSchema = v.object({
  PLATFORM: v.optional(v.picklist(['local', 'aws'], 'must be local or aws'), 'local'),
  HOST: optionalText,
  /** 0 takes a free port. */
  PORT: v.optional(writtenWholeNumber(0, 65_535), '8080'),
  /** How many proxies stand in front of it, whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: v.optional(writtenWholeNumber(0, 9), '0'),
  BROKER_USERNAME: optionalUsername,
  BROKER_PASSWORD: optionalSecret,
  /** Taken as well, while some still use it. */
  BROKER_PASSWORD_PREVIOUS: optionalSecret,
  OPERATOR_USERNAME: optionalUsername,
  OPERATOR_PASSWORD: optionalSecret,
  OPERATOR_PASSWORD_PREVIOUS: optionalSecret,
  READER_USERNAME: optionalUsername,
  READER_PASSWORD: optionalSecret,
  READER_PASSWORD_PREVIOUS: optionalSecret,
  DATA_DIR: v.optional(text, '.data'),
  /** On Cloud Foundry that of a bound PostgreSQL, unless it is set. */
  DATABASE_URL: optionalPostgresUrl,
  /** Where terraform reaches this broker's state backend. */
  STATE_URL: v.optional(httpUrl),
  STATE_KEYS: secret(v.optional(v.pipe(text, v.rawCheck(isKeyRing)))),
  /** Where the states live: this broker's own backend, or one of Terraform's. */
  STATE_BACKEND: v.optional(v.picklist(stateKinds, `must be one of ${stateKinds.join(', ')}`), 'http'),
  /** Largest state, versions of a state that are kept, and requests at once; of this broker's own backend. */
  STATE_MAX_BYTES: v.optional(writtenWholeNumber(1000, 1_000_000_000), String(DEFAULT_LIMITS.stateBytes)),
  STATE_VERSIONS_KEPT: v.optional(writtenWholeNumber(1, 100_000), String(DEFAULT_LIMITS.versionsKept)),
  STATE_REQUESTS_AT_ONCE: v.optional(writtenWholeNumber(1, 10_000), String(DEFAULT_LIMITS.requestsAtOnce)),
  STATE_S3_BUCKET: optionalText,
  /** AWS_REGION by default. */
  STATE_S3_REGION: optionalText,
  STATE_S3_PREFIX: v.optional(text, 'redis/'),
  STATE_S3_KMS_KEY: optionalText,
  /** Of an S3-compatible store. */
  STATE_S3_ENDPOINT: v.optional(httpUrl),
  STATE_S3_PATH_STYLE: v.optional(trueOrFalse, 'false'),
  STATE_PG_URL: optionalPostgresUrl,
  /** Every stack has a schema of its own: this and its name of 36 characters; PostgreSQL takes 63. */
  STATE_PG_SCHEMA_PREFIX: v.optional(
    v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,26}$/, 'must be 1 to 27 lower case letters, digits or _')),
    'redis_',
  ),
  /** On one machine: where the local AWS answers. By default 8081, or a free one when that is taken. 0 takes a free one. */
  LOCAL_AWS_PORT: v.optional(writtenWholeNumber(0, 65_535)),
  AWS_REGION: optionalText,
  /** The only account that the broker works in: with credentials of another one it does not start. */
  AWS_ACCOUNT_ID: v.optional(v.pipe(text, v.regex(/^\d{12}$/, 'must be 12 digits'))),
  /** Exactly this one of HashiCorp's AWS provider. */
  AWS_PROVIDER_VERSION: v.optional(
    v.pipe(text, v.regex(/^\d+\.\d+\.\d+$/, 'must be an exact version such as 6.25.0')),
    awsProvider.version,
  ),
  /** A filesystem mirror of Terraform that has it. */
  AWS_PROVIDER_MIRROR: optionalText,
  SUBNET_GROUP: optionalText,
  SECURITY_GROUPS: v.optional(list),
  /** Of Redis that is new: a replication group keeps the key that it was created with. */
  KMS_KEY_ID: v.optional(
    v.pipe(
      text,
      v.regex(/^arn:aws[a-z-]*:kms:[^:]+:\d{12}:key\/.+$/, 'must be the ARN of a key, arn:aws:kms:…:key/…'),
    ),
  ),
  REDIS_PORT: v.optional(writtenWholeNumber(1, 65_535), '6379'),
  REPLICATION_GROUP_PREFIX: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[a-z][a-z0-9]{0,2}-$/,
        'must be 1 to 3 lower case letters or digits and a hyphen, such as cf-',
      ),
    ),
    'cf-',
  ),
  ENGINE_VERSIONS: v.optional(
    v.pipe(
      list,
      v.array(v.picklist(knownVersions, `must be a list out of ${knownVersions.join(', ')}, with commas`)),
    ),
    '5.0.6,6.0,6.2,7.0',
  ),
  DEFAULT_ENGINE_VERSION: v.optional(
    v.picklist(knownVersions, `must be one of ${knownVersions.join(', ')}`),
    '6.2',
  ),
  PLANS_FILE: optionalText,
  /** How long the snapshots of a deleted instance are kept, where its plan does not say it. */
  FINAL_SNAPSHOT_DAYS: v.optional(writtenWholeNumber(1, 3650), '14'),
  /** Where the catalog sends users who want to read more. */
  DOCUMENTATION_URL: v.optional(
    httpUrl,
    'https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/WhatIs.html',
  ),
  /** SNS topic of the alarms of every instance; none by default. A plan may have one of its own, or none. */
  ALARM_TOPIC: v.optional(
    v.pipe(text, v.regex(/^arn:aws[a-z-]*:sns:.+$/, 'must be the ARN of a topic, arn:aws:sns:…')),
  ),
  /** Tags of every AWS resource. */
  TAG_CLIENT: v.optional(tag, 'Cloud Foundry'),
  /** Proves whose a replication group is, so that each broker of an AWS account needs one of its own. */
  TAG_BROKER: v.optional(tag),
  TAG_ENVIRONMENT: v.optional(tag),
  OPERATIONS_AT_ONCE: v.optional(writtenWholeNumber(1, 1000)),
  /** At each of its looks, every 10 seconds, the provider lists all cache clusters of the region. */
  NODE_COUNT_CHANGES_AT_ONCE: v.optional(writtenWholeNumber(1, 1000), '2'),
  /** Of one organization; deletions are never refused. */
  OPERATIONS_QUEUED_PER_ORGANIZATION: v.optional(writtenWholeNumber(1, 100_000), '100'),
  /** Seconds that running operations get to finish when the broker is told to stop. */
  STOP_GRACE: v.optional(writtenWholeNumber(0, 3600), '20'),
  /** When all instances are checked for drift: a cron expression, or off. */
  DRIFT_SCHEDULE: v.optional(
    v.pipe(text, v.check(isSchedule, 'must be a cron expression of five fields such as "0 * * * *", or off')),
    '0 * * * *',
  ),
  /** Instances that one sweep checks at a time. */
  DRIFT_AT_ONCE: v.optional(writtenWholeNumber(1, 100), '1'),
  /** Whether one provider process serves a whole sweep. */
  DRIFT_SHARED_PROVIDER: v.optional(trueOrFalse, 'true'),
  /** Days after which an instance gets a plan, though nothing is seen to have changed; 0 for a plan at each check. */
  DRIFT_FULL_PLAN_DAYS: v.optional(writtenWholeNumber(0, 365), '7'),
  OPERATION_LOG_DAYS: v.optional(writtenWholeNumber(1, 3650), '30'),
  DRIFT_HISTORY_DAYS: v.optional(writtenWholeNumber(1, 3650), '30'),
  DRIFT_WEBHOOK_URL: v.optional(httpUrl),
  /** As Standard Webhooks has it. */
  DRIFT_WEBHOOK_SECRET: secret(
    v.optional(
      v.pipe(
        text,
        v.check(
          isWebhookSecret,
          'must be whsec_ and 24 to 64 bytes in base64: make one with echo "whsec_$(openssl rand -base64 32)"',
        ),
      ),
    ),
  ),
  LOG_LEVEL: v.optional(
    v.picklist(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent'),
    'info',
  ),
})

/** Those that may be in files: `<name>_FILE`. */
export const secretSettings = secretsIn(environmentSchema.entries)

export type Environment = v.InferOutput<typeof environmentSchema>

/** Says what is wrong without the keys themselves. */
function isKeyRing({ dataset, addIssue }: v.RawCheckContext<string>): void {
  if (!dataset.typed) return
  try {
    KeyRing.parse(dataset.value)
  } catch (error) {
    addIssue({ message: `is wrong: ${(error as Error).message}` })
  }
}

function isSchedule(expression: string): boolean {
  if (expression === 'off') return true
  try {
    new Cron(expression, { paused: true, mode: '5-part' }).stop()
    return true
  } catch {
    return false
  }
}

function isWebhookSecret(value: string): boolean {
  const [, key = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? []
  const { length } = Buffer.from(key, 'base64')
  return key.length % 4 === 0 && length >= 24 && length <= 64
}
