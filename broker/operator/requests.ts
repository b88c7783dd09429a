import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import type { Instance } from '../instances/instance.ts'
import type { Instances, KnownInstance } from '../instances/instances.ts'

/** @throws HTTPException that the operators' app answers with */
export function refuse(status: 400 | 403 | 404 | 409 | 413 | 415, message: string): never {
  throw new HTTPException(status, { message })
}

/**
 * The instances that a word means: one by its guid, or all of a name, as Cloud Foundry has it. Names are only
 * unique within a space.
 */
export function meant(all: Instance[], word: string): Instance[] {
  const byId = all.filter(({ id, stack }) => id === word || stack === word)
  const found = byId.length > 0 ? byId : all.filter(({ context }) => context.instance_name === word)
  return found.length > 0 ? found : refuse(404, `There is no instance ${word}.`)
}

/** The one instance that the path names. */
export async function instanceOf(c: Context, instances: Instances): Promise<KnownInstance> {
  const word = c.req.param('instance') ?? ''
  const found = meant(await instances.all(), word)
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(', ')
    refuse(409, `Several instances are named ${word}. Give one of these ids: ${ids}`)
  }
  const known = await instances.find(found[0]?.id ?? '')
  return known ?? refuse(404, `There is no instance ${word}.`)
}

/** @throws HTTPException with the place of what is wrong */
export async function readBody<S extends v.GenericSchema>(c: Context, schema: S): Promise<v.InferOutput<S>> {
  const body = await c.req.json().catch(() => refuse(400, 'The body must be JSON.'))
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const [issue] = result.issues
  refuse(400, `${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`)
}
