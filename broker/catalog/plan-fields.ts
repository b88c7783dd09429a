import * as v from 'valibot'
import { knownVersions } from '../model/engine-versions.ts'
import { isTagValue } from '../model/tag-value.ts'
import { isMaintenanceWindow, isSnapshotWindow } from '../model/windows.ts'
import { knownFields } from '../text/issues.ts'
import { wholeNumber } from '../text/whole-number.ts'
import { userParametersSchema } from './user-parameters.ts'

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'), v.maxLength(255))
const texts = v.pipe(
  v.array(text),
  v.nonEmpty('must not be empty'),
  v.check((all) => new Set(all).size === all.length, 'must not name anything twice'),
)
const arn = (service: string) =>
  v.pipe(text, v.regex(new RegExp(`^arn:aws[a-z-]*:${service}:.+$`), `must be an ARN, arn:aws:${service}:…`))

/** The days that CloudWatch takes. */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const

const logGroup = knownFields('a log', {
  retentionDays: v.optional(v.picklist(retentionDays, `must be one of ${retentionDays.join(', ')}`), 30),
  kmsKeyId: v.optional(arn('kms')),
  format: v.optional(v.picklist(['json', 'text'], 'must be json or text'), 'json'),
})

/** The values at which the alarms ring. */
const thresholds = knownFields('alarms', {
  /** Of the memory for data, percent. */
  memoryPercent: v.optional(wholeNumber(1, 100), 80),
  /** More keys than these, evicted in five minutes. */
  evictions: v.optional(wholeNumber(0, 1_000_000_000), 0),
  cpuPercent: v.optional(wholeNumber(1, 100), 90),
  /** AWS allows 65,000. */
  connections: v.optional(wholeNumber(1, 65_000), 50_000),
  replicationLagSeconds: v.optional(wholeNumber(1, 86_400), 30),
})

export type Thresholds = v.InferOutput<typeof thresholds>
export const usualThresholds: Thresholds = v.parse(thresholds, {})

/** Fields that a plan may have, or all plans together. AWS's own words are in docs/operators-plans.md. */
export const optionalFields = {
  free: v.optional(v.boolean()),
  costs: v.optional(
    v.array(
      knownFields('a cost', { amount: v.record(v.string(), v.pipe(v.number(), v.minValue(0))), unit: text }),
    ),
  ),
  bullets: v.optional(v.array(text)),
  /** Whether a replica takes over when the primary is lost. */
  failover: v.optional(v.boolean()),
  multiAz: v.optional(v.boolean()),
  /** A zone for each node, the primary's first. */
  preferredZones: v.optional(v.array(text)),
  subnetGroup: v.optional(text),
  securityGroups: v.optional(texts),
  kmsKeyId: v.optional(arn('kms')),
  networkType: v.optional(
    v.picklist(['ipv4', 'ipv6', 'dual_stack'], 'must be ipv4, ipv6 or dual_stack'),
    'ipv4',
  ),
  dataTiering: v.optional(v.boolean(), false),
  engineVersions: v.optional(
    v.pipe(
      v.array(v.picklist(knownVersions, `must be out of ${knownVersions.join(', ')}`)),
      v.nonEmpty('must not be empty'),
    ),
  ),
  defaultEngineVersion: v.optional(v.picklist(knownVersions, `must be one of ${knownVersions.join(', ')}`)),
  /** Whether AWS may bring its groups to a newer minor version by itself. */
  autoMinorVersionUpgrade: v.optional(v.boolean(), false),
  /** A parameter group's values, by the names of ElastiCache. */
  parameters: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be the name of a Redis parameter')),
        v.pipe(v.union([v.string(), v.number()], 'must be a text or a number'), v.transform(String)),
      ),
      v.check(
        (given) => !('cluster-enabled' in given),
        'must not have cluster-enabled: clients look for no shards',
      ),
    ),
  ),
  userParameters: v.optional(userParametersSchema, {}),
  /** Days; 0 for no snapshots. */
  snapshotRetention: v.optional(wholeNumber(0, 35), 3),
  /** Whether a deletion begins with a snapshot. */
  finalSnapshot: v.optional(v.boolean(), true),
  /** How long the snapshots of a deleted instance are kept. */
  finalSnapshotDays: v.optional(wholeNumber(1, 3650)),
  snapshotWindow: v.optional(
    v.pipe(
      v.string(),
      v.check(isSnapshotWindow, 'must be at least an hour of the day in UTC, such as 06:00-07:00'),
    ),
    '06:00-07:00',
  ),
  maintenanceWindow: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (window) => window === 'spread' || isMaintenanceWindow(window),
        'must be spread, or at least an hour of the week in UTC, such as mon:07:00-mon:08:00',
      ),
    ),
    'mon:07:00-mon:08:00',
  ),
  logs: v.optional(knownFields('logs', { slow: v.optional(logGroup), engine: v.optional(logGroup) }), {}),
  /** The SNS topic that gets the group's events, and its alarms. */
  notificationTopic: v.optional(arn('sns')),
  /** `true`: with thresholds that are there already. */
  alarms: v.optional(
    v.union(
      [
        v.pipe(
          v.boolean(),
          v.transform((on) => (on ? usualThresholds : (false as const))),
        ),
        thresholds,
      ],
      'must be true, false or an object of thresholds: memoryPercent, evictions, cpuPercent, connections, replicationLagSeconds',
    ),
  ),
  tags: v.optional(
    v.record(
      v.pipe(text, v.maxLength(128), v.check(isTagValue, 'is no name for a tag')),
      v.pipe(v.string(), v.check(isTagValue, 'must be letters, digits, spaces and _.:/=+-@')),
    ),
    {},
  ),
}

/** One plan. */
export const planFields = {
  /** Never changes: instances on the platform carry it. */
  id: text,
  name: v.pipe(text, v.regex(/^[A-Za-z0-9.-]+$/, 'must be letters, digits, dots and hyphens')),
  displayName: v.optional(text),
  description: text,
  /** The primary and its replicas; AWS allows at most 6 in a group. */
  nodes: wholeNumber(1, 6),
  nodeType: v.pipe(text, v.startsWith('cache.')),
  /** Memory as users read it. Replicas add none. */
  memory: text,
  ...optionalFields,
}
