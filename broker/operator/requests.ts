import { sValidator } from '@hono/standard-validator'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type * as v from 'valibot'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import { isHalfDeletion } from '../model/operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import { queueFull, type RequestResult, refusedInPause } from '../operations/requests.ts'
import '../text/issues.ts'

/** @throws HTTPException that the operators' app answers with */
export function refuse(status: 400 | 403 | 404 | 409 | 413 | 415, message: string): never {
  throw new HTTPException(status, { message })
}

/** @throws HTTPException when the last operation of an instance was a deletion that can only be begun again */
export function refuseHalfDeleted({ operation }: Pick<InstanceStatus, 'operation'>): void {
  if (isHalfDeletion(operation)) refuse(409, failedLast(operation))
}

export const failedLast = ({ type }: Operation) => `The last operation (${type}) failed. Retry it first.`

/** The instances that a word means, as of names there may be several. */
export async function instancesNamed(word: string, instances: Pick<Instances, 'named'>): Promise<Instance[]> {
  const found = await instances.named(word)
  if (found.length > 1 && isBeginning(word, found)) refuse(409, several(word, found))
  return found.length > 0 ? found : refuse(404, noInstance(word))
}

/** The one instance that the path names. */
export async function instanceOf(
  c: Context,
  operations: Pick<Operations, 'statusesNamed'>,
): Promise<InstanceStatus> {
  const word = c.req.param('instance') ?? ''
  const [status, ...others] = await operations.statusesNamed(word)
  if (!status) refuse(404, noInstance(word))
  if (others.length > 0) {
    refuse(
      409,
      several(
        word,
        [status, ...others].map(({ instance }) => instance),
      ),
    )
  }
  return status
}

/** The refusal of an unknown instance. The beginning of a guid that is too short is taken for a name. */
const noInstance = (word: string) =>
  `There is no instance ${word}.${/^[0-9a-f]{1,3}$/i.test(word) ? ' Of a guid give 4 characters or more.' : ''}`

const isBeginning = (word: string, found: Instance[]) =>
  found.every(({ context }) => context.instance_name !== word)

/** The refusal of a word that several instances fit, with the guids to choose from. */
function several(word: string, found: Instance[]): string {
  if (isBeginning(word, found)) {
    const guids = found.map(({ id, context: { instance_name: name } }) => (name ? `${id} (${name})` : id))
    return `Several guids begin with ${word}. Give more of one of these: ${guids.join(', ')}`
  }
  const guids = found.map(({ id, spaceGuid, context }) => `${id} in ${context.space_name ?? spaceGuid}`)
  return `Several instances are named ${word}. Give one of these guids: ${guids.join(', ')}`
}

/** The operation that a request began. @throws HTTPException when it began none */
export function acceptedOperation(result: RequestResult): Operation {
  switch (result.outcome) {
    case 'accepted':
      return result.operation
    case 'in progress':
      return refuse(409, `An operation is in progress (${result.operation.type}).`)
    case 'changed':
      return refuse(409, 'Another operation has changed the instance in the meantime.')
    case 'too late':
      return refuse(409, 'The instance was locked for too long, and nothing was changed. Try again.')
    case 'gone':
      return refuse(409, 'The instance is gone.')
    case 'queue full':
      return refuse(409, `${queueFull(result.most)}.`)
    case 'paused':
      return refuse(409, `${refusedInPause(result.pause)}.`)
  }
}

/** A body that fits the schema. What does not is refused with its place. */
export const body = <S extends v.GenericSchema>(schema: S) =>
  sValidator('json', schema, (result) => {
    if (!result.success) refuse(400, firstIssue(result.error, 'The body'))
  })

/** Likewise the query. */
export const query = <S extends v.GenericSchema>(schema: S) =>
  sValidator('query', schema, (result) => {
    if (!result.success) refuse(400, firstIssue(result.error, 'The query'))
  })

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

function firstIssue([issue]: readonly Issue[], whole: string): string {
  const place = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return `${place || whole} ${issue?.message ?? 'is wrong'}`
}
