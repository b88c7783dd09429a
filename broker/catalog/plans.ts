import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { type EngineVersion, knownVersions, numberOf } from '../model/engine-versions.ts'
import { windowsOverlap } from '../model/windows.ts'
import type { Settings } from '../settings/settings.ts'
import { knownFields } from '../text/issues.ts'
import { optionalFields, planFields, type Thresholds, usualThresholds } from './plan-fields.ts'

const planSchema = knownFields('a plan', planFields)

/** The fields of a plan in the file, with those that are the same for all plans, and then those of the settings. */
type Fields = v.InferOutput<typeof planSchema>

/** A plan with everything decided that is not an instance's own. */
export interface Plan extends Omit<Fields, 'engineVersions' | 'alarms'> {
  failover: boolean
  multiAz: boolean
  subnetGroup: string
  securityGroups: string[]
  /** Oldest first. */
  engineVersions: EngineVersion[]
  defaultEngineVersion: EngineVersion
  /** Whether the versions are the plan's own choice and not that of the settings. */
  ownVersions: boolean
  /** False: there are none. */
  alarms: Thresholds | false
  /** Where they ring. */
  alarmTopic?: string
}

/** Of a plan: what the plan leaves open. */
export type PlanSettings = Pick<
  Settings,
  | 'PLANS_FILE'
  | 'ENGINE_VERSIONS'
  | 'DEFAULT_ENGINE_VERSION'
  | 'SUBNET_GROUP'
  | 'SECURITY_GROUPS'
  | 'KMS_KEY_ID'
  | 'ALARM_TOPIC'
>

const unique = (name: 'id' | 'name') => (plans: Fields[]) =>
  new Set(plans.map((plan) => plan[name])).size === plans.length

const plansSchema = v.pipe(
  v.array(planSchema),
  v.minLength(1, 'must have a plan at least'),
  v.check(unique('id'), 'must not have two plans of one id'),
  v.check(unique('name'), 'must not have two plans of one name'),
)

/** A list of plans, or an object that also has what is the same for all of them. */
const fileSchema = knownFields('the file', {
  all: v.optional(knownFields('all plans', optionalFieldsAsGiven()), {}),
  plans: v.array(v.record(v.string(), v.unknown())),
})

/** @throws Error that names the setting, the file and the wrong place in it. */
export function readPlans(settings: PlanSettings): Plan[] {
  const file = settings.PLANS_FILE ?? new URL('plans.json', import.meta.url)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`PLANS_FILE ${file} can't be read as JSON: ${(error as Error).message}`)
  }
  const wrong = (what: string) => new Error(`PLANS_FILE ${file}: ${what}`)
  const whole = check(fileSchema, Array.isArray(content) ? { plans: content } : content, wrong)
  const fields = check(
    plansSchema,
    // What all have is checked with each plan: a plan's own field takes its place as a whole.
    whole.plans.map((plan) => ({ ...whole.all, ...plan })),
    wrong,
    (path) => {
      const [index = '', ...field] = path.split('.')
      const name = whole.plans[Number(index)]?.name
      return `${typeof name === 'string' && name ? name : `plan ${Number(index) + 1}`}: ${field.join('.')}`
    },
  )
  return fields.map((plan) => {
    const decided = decide(plan, settings)
    const reason = contradiction(decided)
    if (reason) throw wrong(`${plan.name}: ${reason}`)
    return decided
  })
}

function optionalFieldsAsGiven() {
  const names = Object.keys(optionalFields) as (keyof typeof optionalFields)[]
  return Object.fromEntries(names.map((name) => [name, v.optional(v.unknown())]))
}

function check<S extends v.GenericSchema>(
  schema: S,
  content: unknown,
  wrong: (what: string) => Error,
  nameOf: (path: string) => string = (path) => path,
): v.InferOutput<S> {
  const result = v.safeParse(schema, content)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  throw wrong(`${path ? nameOf(path) : 'the file'} ${issue.message}`)
}

function decide(plan: Fields, settings: PlanSettings): Plan {
  const engineVersions = plan.engineVersions ?? settings.ENGINE_VERSIONS
  const [newest] = engineVersions.toSorted(
    (one, other) => knownVersions.indexOf(other) - knownVersions.indexOf(one),
  )
  const usual = engineVersions.includes(settings.DEFAULT_ENGINE_VERSION)
    ? settings.DEFAULT_ENGINE_VERSION
    : newest
  const kmsKeyId = plan.kmsKeyId ?? settings.KMS_KEY_ID
  const alarmTopic = plan.notificationTopic ?? settings.ALARM_TOPIC
  return {
    ...plan,
    failover: plan.failover ?? plan.nodes > 1,
    multiAz: plan.multiAz ?? plan.failover ?? plan.nodes > 1,
    subnetGroup: plan.subnetGroup ?? settings.SUBNET_GROUP,
    securityGroups: plan.securityGroups ?? settings.SECURITY_GROUPS,
    ...(kmsKeyId ? { kmsKeyId } : {}),
    alarms: plan.alarms ?? (settings.ALARM_TOPIC ? usualThresholds : false),
    ...(alarmTopic ? { alarmTopic } : {}),
    engineVersions,
    defaultEngineVersion: plan.defaultEngineVersion ?? (usual as EngineVersion),
    ownVersions: plan.engineVersions !== undefined,
  }
}

/** Why AWS would refuse the fields together; undefined when it would not. */
function contradiction(plan: Plan): string | undefined {
  const rules: [wrong: boolean, reason: string][] = [
    [plan.failover && plan.nodes < 2, 'failover needs at least 2 nodes'],
    [plan.multiAz && !plan.failover, 'multiAz needs failover'],
    [
      plan.preferredZones !== undefined && plan.preferredZones.length !== plan.nodes,
      `preferredZones must name a zone for each of the ${plan.nodes} nodes`,
    ],
    [
      plan.dataTiering && !plan.nodeType.startsWith('cache.r6gd.'),
      'dataTiering needs a node type cache.r6gd.…',
    ],
    [
      plan.dataTiering && plan.engineVersions.some((version) => Number.parseFloat(numberOf(version)) < 6.2),
      'dataTiering needs engineVersions of 6.2 or later',
    ],
    [
      !plan.engineVersions.includes(plan.defaultEngineVersion),
      'defaultEngineVersion must be one of engineVersions',
    ],
    [
      windowsOverlap(plan.snapshotWindow, plan.maintenanceWindow),
      'maintenanceWindow must not overlap snapshotWindow',
    ],
    [
      plan.alarms !== false && plan.alarmTopic === undefined,
      'alarms need a notificationTopic, or the setting ALARM_TOPIC, to ring at',
    ],
  ]
  return rules.find(([wrong]) => wrong)?.[1]
}
