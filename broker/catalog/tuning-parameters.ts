import * as v from 'valibot'
import { maxmemoryPolicies } from '../model/tuning.ts'
import { isMaintenanceWindow, windowsOverlap } from '../model/windows.ts'
import type { Plan } from './plans.ts'
import type { UserParameters } from './user-parameters.ts'

type TunedPlan = Pick<Plan, 'name' | 'userParameters' | 'snapshotWindow'>
type Name = Exclude<keyof UserParameters, 'createSnapshot' | 'restoreFromSnapshot'>
/** Null takes a parameter back to the plan's value. */
type Entry<T> = v.GenericSchema<T | null | undefined>

/** ElastiCache takes no shorter one: `timeout` is 0 or at least this. */
const shortestTimeout = 20
const largest = 2_147_483_647

/** The classes of keyspace events of all versions from 5.0.6 on. */
const keyspaceEvents = /^[AKEg$lshzxet]*$/

/** The values that users of a plan may choose, by its bounds. A refusal names them, and the plan's reason. */
export function tuningEntries(plan: TunedPlan) {
  return {
    maxmemoryPolicy: entry<string>(
      plan,
      'maxmemoryPolicy',
      'What becomes of keys when the memory is full',
      () => policy(plan),
    ),
    notifyKeyspaceEvents: entry<string>(
      plan,
      'notifyKeyspaceEvents',
      'Events of keys that Redis publishes, such as "Ex" for those that expire; "" for none',
      () =>
        v.pipe(
          v.string('notifyKeyspaceEvents must be a text in double quotes, for example "Ex".'),
          v.regex(
            keyspaceEvents,
            'notifyKeyspaceEvents is made of the letters A, K, E, g, $, l, s, h, z, x, e and t.',
          ),
          v.check(
            (events) => events === '' || /[KE]/.test(events),
            'notifyKeyspaceEvents needs K or E, or nothing is published.',
          ),
        ),
    ),
    timeout: entry<number>(
      plan,
      'timeout',
      'Seconds after which Redis closes a connection on which nothing is sent; 0 for never',
      () =>
        v.pipe(
          bounded(plan, 'timeout', 0),
          v.check(
            (seconds) => seconds === 0 || seconds >= shortestTimeout,
            `timeout must be 0, for never, or at least ${shortestTimeout}.`,
          ),
        ),
    ),
    slowlogLogSlowerThan: entry<number>(
      plan,
      'slowlogLogSlowerThan',
      'Microseconds after which a command is in the slow log; -1 for none, 0 for all',
      () => bounded(plan, 'slowlogLogSlowerThan', -1),
    ),
    maintenanceWindow: entry<string>(
      plan,
      'maintenanceWindow',
      'When AWS may work on the Redis: an hour of the week at least, in UTC, such as "sun:05:00-sun:06:00"',
      () =>
        v.pipe(
          v.string('maintenanceWindow must be a text in double quotes, for example "sun:05:00-sun:06:00".'),
          v.check(
            isMaintenanceWindow,
            'maintenanceWindow must be an hour at least and a day at most, in UTC, in lower case, for example "sun:05:00-sun:06:00".',
          ),
          v.check(
            (window) => !windowsOverlap(plan.snapshotWindow, window),
            `maintenanceWindow must not overlap the daily snapshot at ${plan.snapshotWindow} UTC.`,
          ),
        ),
    ),
  }
}

function entry<T>(
  { name: planName, userParameters }: TunedPlan,
  name: Name,
  description: string,
  schema: () => v.GenericSchema<T>,
): Entry<T> {
  const rule = userParameters[name]
  if (typeof rule !== 'string') {
    return v.optional(v.pipe(v.nullable(schema()), v.description(description))) as Entry<T>
  }
  // In the schema all the same: the platform would refuse it otherwise, without the reason.
  const refusal = `The plan ${planName} does not take ${name}: ${rule}`
  return v.optional(
    v.pipe(
      v.unknown(),
      v.check((value) => value === null, refusal),
      v.description(refusal),
    ),
  ) as Entry<T>
}

function policy({ name, userParameters: { maxmemoryPolicy: rule } }: TunedPlan) {
  const offered: readonly string[] = typeof rule === 'object' ? rule.oneOf : maxmemoryPolicies
  const of = typeof rule === 'object' ? ` on the plan ${name}` : ''
  return v.picklist(offered, `maxmemoryPolicy must be one of ${offered.join(', ')}${of}.${because(rule)}`)
}

function bounded(
  { name: plan, userParameters }: TunedPlan,
  name: 'timeout' | 'slowlogLogSlowerThan',
  least: number,
) {
  const rule = userParameters[name]
  const { min = least, max = largest } = typeof rule === 'object' ? rule : {}
  const message = `${name} must be a whole number from ${min} to ${max}${rule ? ` on the plan ${plan}` : ''}, without quotes.${because(rule)}`
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(Math.max(min, least), message),
    v.maxValue(Math.min(max, largest), message),
  )
}

const because = (rule: unknown) =>
  typeof rule === 'object' && rule !== null && 'reason' in rule && rule.reason ? ` ${rule.reason}` : ''
