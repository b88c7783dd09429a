import type { Context } from 'hono'
import * as v from 'valibot'
import { type Catalog, serviceId } from '../catalog/catalog.ts'
import type { Plan } from '../catalog/plans.ts'
import { isStorable, storableText } from '../database/storable.ts'
import { object } from '../http/json-object.ts'
import { onePerPlace, sentencesOf } from '../text/issues.ts'
import { startOf } from '../text/shorten.ts'
import { OsbError } from './errors.ts'

const id = storableText

/** Characters of what is wrong with a request, as its sender gets to read it. */
const longestReasons = 1000

const longestName = 255

/** Bytes. The largest body that Cloud Controller sends is a few kilobytes. */
const largestBody = 1_000_000

/**
 * Cloud Foundry's names have at most 255 characters. Nothing but what people read depends on one, so that a longer one
 * of another platform is cut and not refused: an instance can be had there all the same.
 */
const name = v.nullish(
  v.pipe(
    v.string('must be a string'),
    v.check(isStorable, 'holds characters that are not allowed'),
    v.transform((given) => startOf(given, longestName)),
  ),
)

/** Unknown fields are the platform's own affair and are left out. */
const context = v.pipe(
  object({
    platform: name,
    organization_guid: name,
    organization_name: name,
    space_guid: name,
    space_name: name,
    instance_name: name,
  }),
  v.transform(
    (given) =>
      Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)) as Record<
        string,
        string
      >,
  ),
)

const maintenanceInfo = object({ version: v.string('must be a string') })

export const provisionBody = v.object({
  service_id: id,
  plan_id: id,
  organization_guid: id,
  space_guid: id,
  context: v.nullish(context),
  parameters: v.nullish(v.unknown()),
  maintenance_info: v.nullish(maintenanceInfo),
})

export const updateBody = v.object({
  service_id: id,
  plan_id: v.nullish(id),
  context: v.nullish(context),
  parameters: v.nullish(v.unknown()),
  maintenance_info: v.nullish(maintenanceInfo),
  previous_values: v.nullish(object({})),
})

export const bindBody = v.object({
  /** These two are needed unless there is a predecessor: see `required`. */
  service_id: v.nullish(id),
  plan_id: v.nullish(id),
  /** Of a rotation: the binding that this one takes the place of. */
  predecessor_binding_id: v.nullish(id),
  app_guid: v.nullish(id),
  bind_resource: v.nullish(object({ app_guid: v.nullish(id) })),
  context: v.nullish(context),
  parameters: v.nullish(v.unknown()),
})

export const deleteQuery = v.object({ service_id: id, plan_id: id })

/** @throws OsbError when the body is too large or not a JSON object. */
async function readObject(c: Context): Promise<Record<string, unknown>> {
  const contentType = c.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new OsbError('notJson')
  }
  const bytes = await readBytes(c)
  let body: unknown
  try {
    // Fatal: other characters in place of wrong bytes would be saved as if the platform had sent them.
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new OsbError('unreadable')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new OsbError('notAnObject')
  }
  return body as Record<string, unknown>
}

/** The body. @throws OsbError when it is too large, or when the platform hangs up in its midst */
async function readBytes(c: Context): Promise<Uint8Array> {
  const cutOff = () => {
    throw new OsbError('cutOff')
  }
  // As Cloud Controller sends it: without a stream of the web's kind, which costs as much as all that is done with it.
  const length = c.req.header('content-length')
  if (length !== undefined) {
    if (Number(length) > largestBody) throw new OsbError('tooLarge', largestBody)
    return new Uint8Array(await c.req.raw.arrayBuffer().catch(cutOff))
  }
  const chunks: Uint8Array[] = []
  let size = 0
  // Not `for await`: that would end the connection before a refusal is sent.
  const reader = c.req.raw.body?.getReader()
  for (;;) {
    const chunk = await reader?.read().catch(cutOff)
    if (!chunk || chunk.done) return Buffer.concat(chunks)
    size += chunk.value.length
    if (size > largestBody) throw new OsbError('tooLarge', largestBody)
    chunks.push(chunk.value)
  }
}

/** @throws OsbError when the body is not JSON or not what the schema says. */
export async function readBody<S extends v.GenericSchema>(c: Context, schema: S): Promise<v.InferOutput<S>> {
  return check(schema, await readObject(c))
}

export function readQuery<S extends v.GenericSchema>(c: Context, schema: S): v.InferOutput<S> {
  return check(schema, c.req.query())
}

/** An id of the path, decoded. */
export function pathId(c: Context, parameter: string): string {
  const result = v.safeParse(id, c.req.param(parameter))
  if (result.success) return result.output
  throw new OsbError('wrongPathId', result.issues[0].message)
}

/** `parameters` as the catalog's schema wants them; the schema's messages are whole sentences. */
export function readParameters<S extends v.GenericSchema>(schema: S, parameters: unknown): v.InferOutput<S> {
  // An array would pass for an object without keys, as above.
  const result = v.safeParse(schema, Array.isArray(parameters) ? 'array' : (parameters ?? {}))
  if (result.success) return result.output
  throw new OsbError('wrongParameters', startOf(sentencesOf(result.issues), longestReasons))
}

/** @throws OsbError when the platform did not say that it can wait. */
export function requireAsync(c: Context): void {
  if (!acceptsIncomplete(c)) throw new OsbError('asyncRequired')
}

export function acceptsIncomplete(c: Context): boolean {
  return c.req.query('accepts_incomplete') === 'true'
}

export function checkService(given: string): void {
  if (given !== serviceId) {
    throw new OsbError('unknownService')
  }
}

/** @throws OsbError when there is no such plan */
export function planOf(catalog: Catalog, given: string): Plan {
  const plan = catalog.plan(given)
  if (!plan) throw new OsbError('unknownPlan')
  return plan
}

/** A field that only some requests need. @throws OsbError when it is missing */
export function required<K extends string>(
  body: Partial<Record<K, string | null | undefined>>,
  field: K,
): string {
  return body[field] ?? refuseMissing(field)
}

function refuseMissing(field: string): never {
  throw new OsbError('wrongFields', `${field} is missing.`)
}

/** @throws OsbError that names each wrong field. */
function check<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const reasons = onePerPlace(result.issues).map((issue) => {
    const path = v.getDotPath(issue)
    const missing = issue.input === undefined
    return `${path} ${missing ? 'is missing' : issue.message}.`
  })
  throw new OsbError('wrongFields', startOf(reasons.join(' '), longestReasons))
}
