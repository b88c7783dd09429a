import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import type { RotationStep, SnapshotStep } from '../model/operation.ts'
import type { RestoreRequest } from '../model/snapshots.ts'
import { startOf } from '../text/shorten.ts'
import { engineChoice, engineEntries, engineHasVersion, oneSpelling } from './engine-parameters.ts'
import { changesIn, type ParameterChanges } from './parameter-changes.ts'
import type { Plan } from './plans.ts'
import {
  beforeOfLatest,
  oneSource,
  restoreEntries,
  restoreRequest,
  snapshotEntries,
  stepAlone,
} from './snapshot-parameters.ts'
import { tuningEntries } from './tuning-parameters.ts'

/** The content of a creation: what the instance is to be, and the snapshot that it starts from. */
export interface CreateParameters {
  parameters: ParameterChanges
  restore?: RestoreRequest
}

/** The content of an update: other parameters, and a step of a rotation or with a snapshot, which is done and not kept. */
export interface UpdateParameters {
  parameters: ParameterChanges
  rotation?: Omit<RotationStep, 'id'>
  snapshot?: SnapshotStep
}

const example = `-c '{"engineVersion": "6.2"}'`

/** The schemas of a plan for `cf create-service -c` and `cf update-service -c`: they validate and are published. */
export function parameterSchemas(plan: Plan) {
  const { engineVersions } = plan
  const kept = { ...engineEntries(engineVersions, example), ...tuningEntries(plan) }
  const first = { ...kept, ...restoreEntries(plan) }
  const create = v.pipe(
    v.strictObject(first, unknownParameter(first)),
    oneSpelling(),
    engineHasVersion(engineVersions),
    oneSource(),
    beforeOfLatest(),
    v.transform((given): CreateParameters => {
      const restore = restoreRequest(given)
      return {
        parameters: changesIn(given, engineChoice(engineVersions, given)),
        ...(restore ? { restore } : {}),
      }
    }),
  )
  const all = { ...kept, ...rotationEntries, ...snapshotEntries(plan) }
  const update = v.pipe(
    v.strictObject(all, unknownParameter(all)),
    oneSpelling(),
    engineHasVersion(engineVersions),
    v.check(
      ({ rotateCredentials, retireOldCredentials }) => !(rotateCredentials && retireOldCredentials),
      'rotateCredentials and retireOldCredentials are two steps. Send the second one when all apps use the new credentials.',
    ),
    v.check(
      ({ force, rotateCredentials }) => !force || rotateCredentials === true,
      'force belongs to rotateCredentials.',
    ),
    stepAlone(),
    v.transform(({ createSnapshot, deleteSnapshot, ...given }): UpdateParameters => {
      const { rotateCredentials, retireOldCredentials, force, ...others } = given
      const parameters = changesIn(others, engineChoice(engineVersions, others))
      if (createSnapshot !== undefined)
        return { parameters, snapshot: { step: 'create', name: createSnapshot } }
      if (deleteSnapshot !== undefined)
        return { parameters, snapshot: { step: 'delete', name: deleteSnapshot } }
      if (rotateCredentials) {
        return { parameters, rotation: { step: 'rotate', ...(force ? { force } : {}) } }
      }
      return retireOldCredentials ? { parameters, rotation: { step: 'retire' } } : { parameters }
    }),
  )
  return { create, update, binding: bindingParameters }
}

const yesOrNo = (name: string, description: string) =>
  v.optional(v.pipe(v.boolean(`${name} must be true or false, without quotes.`), v.description(description)))

const rotationEntries = {
  rotateCredentials: yesOrNo(
    'rotateCredentials',
    'Adds new credentials. New bindings get them; the old ones work until they are retired',
  ),
  retireOldCredentials: yesOrNo('retireOldCredentials', 'Ends the credentials from before the last rotation'),
  force: yesOrNo(
    'force',
    'With rotateCredentials: also when that ends older credentials that were never retired',
  ),
}

/** @param entries the parameters that there are */
function unknownParameter(entries: object) {
  const names = Object.keys(entries)
  return (issue: v.StrictObjectIssue) =>
    issue.expected === 'never'
      ? `${unknownIn(issue, names)} The known ones are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}.`
      : `Parameters must be a JSON object, for example ${example}.`
}

/** How many letters of a name are told: nobody knows how long one is. */
const nameLength = 40

/** Names all of them: valibot's issue is about the first one. */
function unknownIn(issue: v.StrictObjectIssue, known: string[]): string {
  const given = Object.keys((issue.path?.at(-1)?.input as object | undefined) ?? {})
  const unknown = given.filter((name) => !known.includes(name)).map((name) => startOf(name, nameLength))
  return `Unknown parameter${unknown.length > 1 ? 's' : ''} ${unknown.join(', ')}.`
}

/** Of `cf bind-service -c` and `cf create-service-key -c`, of every plan. */
export const bindingParameters = v.strictObject({}, (issue) =>
  issue.expected === 'never'
    ? `${unknownIn(issue, [])} A binding takes no parameters.`
    : 'Parameters must be a JSON object.',
)

export type ParameterSchemas = ReturnType<typeof parameterSchemas>

/** Cloud Controller refuses draft-07. What these schemas use else means the same in draft-04. */
export function draft04(schema: v.GenericSchema): Record<string, unknown> {
  const { $schema: _, required, ...rest } = toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore' })
  return {
    $schema: 'http://json-schema.org/draft-04/schema#',
    ...rest,
    // Draft-04 forbids an empty list.
    ...(required?.length ? { required } : {}),
  }
}
