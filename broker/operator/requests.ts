import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import type { Operation } from '../operations/operation.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import { queueFull, type RequestResult } from '../operations/requests.ts'

/** @throws HTTPException that the operators' app answers with */
export function refuse(status: 400 | 403 | 404 | 409 | 413 | 415, message: string): never {
  throw new HTTPException(status, { message })
}

/** The instances that a word means: one by its guid, or all of a name, as Cloud Foundry has it. */
export async function instancesNamed(word: string, instances: Instances): Promise<Instance[]> {
  const found = await instances.named(word)
  return found.length > 0 ? found : refuse(404, `There is no instance ${word}.`)
}

/** The one instance that the path names. */
export async function instanceOf(c: Context, operations: Operations): Promise<InstanceStatus> {
  const word = c.req.param('instance') ?? ''
  const [status, ...others] = await operations.statusesNamed(word)
  if (!status) refuse(404, `There is no instance ${word}.`)
  if (others.length > 0) {
    const ids = [status, ...others].map(({ instance }) => instance.id).join(', ')
    refuse(409, `Several instances are named ${word}. Give one of these ids: ${ids}`)
  }
  return status
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
    case 'gone':
      return refuse(409, 'The instance is gone.')
    case 'queue full':
      return refuse(409, `${queueFull(result.most)}.`)
  }
}

/** @throws HTTPException with the place of what is wrong */
export async function readBody<S extends v.GenericSchema>(c: Context, schema: S): Promise<v.InferOutput<S>> {
  const body = await c.req.json().catch(() => refuse(400, 'The body must be JSON.'))
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const [issue] = result.issues
  refuse(400, `${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`)
}
