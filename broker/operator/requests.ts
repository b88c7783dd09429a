import { sValidator } from '@hono/standard-validator'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import type { Instance } from '../instances/instance.ts'
import type { Instances, KnownInstance } from '../instances/instances.ts'

/** @throws HTTPException that the operators' app answers with */
export function refuse(status: 400 | 403 | 404 | 409 | 413 | 415, message: string): never {
  throw new HTTPException(status, { message })
}

/** Fewer characters of a guid name no instance: they may be a name that was misspelt. */
const shortestPrefix = 4

/**
 * The instances that a word means: one by its guid, all of a name, as Cloud Foundry has it, or those whose guids
 * begin so. Names are only unique within a space.
 */
export function meant(all: Instance[], word: string): Instance[] {
  const byId = all.filter(({ id, stack }) => id === word || stack === word)
  if (byId.length > 0) return byId
  const byName = all.filter(({ context }) => context.instance_name === word)
  if (byName.length > 0) return byName
  const begun = word.length < shortestPrefix ? [] : all.filter(({ id }) => id.startsWith(word))
  if (begun.length > 1) {
    refuse(409, `Several guids begin with ${word}. Give more of one: ${begun.map(shown).join(', ')}`)
  }
  return begun.length > 0 ? begun : refuse(404, `There is no instance ${word}.`)
}

const shown = ({ id, context }: Instance) => (context.instance_name ? `${id} (${context.instance_name})` : id)

/** The one instance that the path names. */
export async function instanceOf(c: Context, instances: Instances): Promise<KnownInstance> {
  const word = c.req.param('instance') ?? ''
  const found = meant(await instances.all(), word)
  if (found.length > 1) {
    const ids = found.map(({ id, context }) => `${id} in ${context.space_name ?? 'an unknown space'}`)
    refuse(409, `Several instances are named ${word}. Give one of these guids: ${ids.join(', ')}`)
  }
  const known = await instances.find(found[0]?.id ?? '')
  return known ?? refuse(404, `There is no instance ${word}.`)
}

/** A body that fits the schema. What does not is refused with its place. */
export const body = <S extends v.GenericSchema>(schema: S) =>
  sValidator('json', schema, (result) => {
    if (!result.success) refuse(400, told(result.error, 'The body'))
  })

/** Likewise the query. */
export const query = <S extends v.GenericSchema>(schema: S) =>
  sValidator('query', schema, (result) => {
    if (!result.success) refuse(400, told(result.error, 'The query'))
  })

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

function told([issue]: readonly Issue[], whole: string): string {
  const place = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return `${place || whole}: ${issue?.message ?? 'is wrong'}`
}

/** A number in a query. */
export const wholeNumber = (most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, 'must be a whole number'),
    v.transform(Number),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(most, `must be at most ${most}`),
  )
