import * as v from 'valibot'
import { isoTime, type RestoreRequest, snapshotName } from '../model/snapshots.ts'
import type { Plan } from './plans.ts'

type Rules = Pick<Plan, 'name' | 'userParameters'>
type Rule = 'createSnapshot' | 'restoreFromSnapshot'

/** A parameter. Where the plan does not take it, everything is refused with the plan's reason. */
function entry(plan: Rules, rule: Rule, schema: v.GenericSchema<string>, description: string) {
  const reason = plan.userParameters[rule]
  const refusal = `The plan ${plan.name} does not take it: ${reason}`
  return v.optional(
    typeof reason === 'string'
      ? v.pipe(
          v.string(refusal),
          v.check(() => false, refusal),
          v.description(refusal),
        )
      : v.pipe(schema, v.description(description)),
  ) as v.OptionalSchema<v.GenericSchema<string>, undefined>
}

const text = (name: string, example: string) =>
  v.string(`${name} must be a text in double quotes, for example ${example}.`)

/** Of something that is there already. */
const nameOf = (name: string, example: string) =>
  v.pipe(
    text(name, example),
    v.nonEmpty(`${name} must not be empty.`),
    v.maxLength(255, `${name} must have at most 255 characters.`),
  )

const newName = v.pipe(
  text('createSnapshot', '"before-migration"'),
  v.regex(
    snapshotName,
    'createSnapshot must be 1 to 63 lower case letters, digits and single hyphens, with a letter first and no hyphen at the end.',
  ),
  v.check(
    (name) => !/^final(-|$)/.test(name),
    'Names that begin with final are for the last snapshots of deleted instances.',
  ),
)

/** The parameters of an update that takes or deletes a snapshot. Each is a request of its own. */
export function snapshotEntries(plan: Rules) {
  return {
    createSnapshot: entry(plan, 'createSnapshot', newName, 'Takes a snapshot of this name'),
    deleteSnapshot: entry(
      plan,
      'createSnapshot',
      nameOf('deleteSnapshot', '"before-migration"'),
      'Deletes the snapshot of this name',
    ),
  }
}

/** The parameters of a creation that starts from a snapshot. */
export function restoreEntries(plan: Rules) {
  return {
    restoreFromSnapshot: entry(
      plan,
      'restoreFromSnapshot',
      nameOf('restoreFromSnapshot', '"before-migration"'),
      'The snapshot of the same organization and space that the new instance starts from',
    ),
    restoreFromLatestSnapshotOf: entry(
      plan,
      'restoreFromSnapshot',
      nameOf('restoreFromLatestSnapshotOf', 'the guid of an instance'),
      'The guid of an instance of the same organization and space, also of a deleted one: its newest snapshot',
    ),
    before: v.optional(
      v.pipe(
        text('before', '"2026-11-27T08:00:00Z"'),
        v.regex(isoTime, 'before must be a time such as "2026-11-27T08:00:00Z".'),
        v.check(
          (time) => !Number.isNaN(Date.parse(time)),
          'before must be a time such as "2026-11-27T08:00:00Z".',
        ),
        v.description('With restoreFromLatestSnapshotOf: its newest snapshot from before this time'),
      ),
    ),
  }
}

interface Given {
  restoreFromSnapshot?: string | undefined
  restoreFromLatestSnapshotOf?: string | undefined
  before?: string | undefined
}

export const oneSource = <G extends Given>() =>
  v.check(
    ({ restoreFromSnapshot, restoreFromLatestSnapshotOf }: G) =>
      restoreFromSnapshot === undefined || restoreFromLatestSnapshotOf === undefined,
    'restoreFromSnapshot and restoreFromLatestSnapshotOf are two ways to say it. Give only one of them.',
  )

export const beforeOfLatest = <G extends Given>() =>
  v.check(
    ({ before, restoreFromLatestSnapshotOf }: G) =>
      before === undefined || restoreFromLatestSnapshotOf !== undefined,
    'before belongs to restoreFromLatestSnapshotOf.',
  )

export function restoreRequest({
  restoreFromSnapshot,
  restoreFromLatestSnapshotOf,
  before,
}: Given): RestoreRequest | undefined {
  if (restoreFromSnapshot !== undefined) return { snapshot: restoreFromSnapshot }
  if (restoreFromLatestSnapshotOf === undefined) return undefined
  return { latestOf: restoreFromLatestSnapshotOf, ...(before === undefined ? {} : { before }) }
}

export const stepAlone = <G extends object>() =>
  v.check((given: G) => {
    const asked = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
    return asked.length < 2 || !asked.some((name) => name === 'createSnapshot' || name === 'deleteSnapshot')
  }, 'createSnapshot and deleteSnapshot go alone. Send what else is to change when that is done.')
