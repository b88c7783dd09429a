import * as v from 'valibot'

/*
 * The frames of a dump: a header, then batches of keys in the order of `SCAN`, then a closing. A batch with a cursor ends a
 * step of the scan, and a dump that was interrupted goes on from there.
 */

const Bytes = v.instance(Uint8Array)

const Header = v.object({
  format: v.literal('redis-broker dump'),
  version: v.literal(1),
  /** The Redis that the keys come from, as the service key names it. */
  host: v.string(),
  port: v.number(),
  /** Such as "Redis 6.2.6". */
  server: v.string(),
  runId: v.string(),
  /** How many keys each database had at the beginning: pairs of both. */
  databases: v.array(v.tuple([v.number(), v.number()])),
})
export type Header = v.InferOutput<typeof Header>

const Batch = v.object({
  database: v.number(),
  /** Where the scan goes on after it, "0" at its end; absent when the step has more batches. */
  cursor: v.optional(v.string()),
  /** Milliseconds since 1970, when the times to live were asked for. */
  at: v.number(),
  /** Key, milliseconds to live (0 for ever), and what DUMP says. */
  keys: v.array(v.tuple([Bytes, v.number(), Bytes])),
})
export type Batch = v.InferOutput<typeof Batch>

const Closing = v.object({
  keys: v.number(),
  /** In hexadecimal digits, of all frames before. */
  sha256: v.string(),
})
export type Closing = v.InferOutput<typeof Closing>

/** @throws Error when the file is something else */
export function headerOf(value: unknown): Header {
  const { success, output } = v.safeParse(Header, value)
  if (success) return output
  const newer = v.is(v.object({ format: v.literal('redis-broker dump') }), value)
  throw new Error(newer ? 'it was written by a newer redis-broker' : 'it is no dump of redis-broker')
}

export const isBatch = (value: unknown): value is Batch => v.is(Batch, value)
export const isClosing = (value: unknown): value is Closing => v.is(Closing, value)
