import { setTimeout as sleep } from 'node:timers/promises'
import type { InferResponseType } from 'hono/client'
import { LiveLine } from '../terminal/live-line.ts'
import { logEntry } from '../terminal/operations.ts'
import { show } from '../terminal/terminal.ts'
import { at, BrokerSilent, type Client, type Operation } from './client.ts'

type Answer = InferResponseType<Client['instances'][':instance']['operations'][':operation']['$get']>

/** Milliseconds between two looks. */
const interval = 1000

/** How many looks in a row may find no broker: it may be starting anew. */
const looksWithout = 60

/** How long a command stays with what it has queued. */
export interface Waiting {
  wait?: true | undefined
  follow?: true | undefined
  /** The word for the operation, where its type says less. */
  called?: string
}

/**
 * Waits for a queued operation where the options say so, and tells on standard error how it goes. The exit code
 * is 1 from then on when it has failed.
 * @param logTo where `--follow` shows what the operation does
 * @returns the operation as it is then
 */
export async function waitFor(
  client: Client,
  queued: Operation,
  { wait, follow, called = queued.type }: Waiting,
  logTo: NodeJS.WriteStream = process.stderr,
): Promise<Operation> {
  if (!wait && !follow) return queued
  const line = new LiveLine()
  let seen = 0
  for (;;) {
    const { operation, place } = await patiently(() => look(client, queued))
    if (follow) {
      const { entries } = await patiently(() => log(client, queued, seen))
      seen += entries.length
      if (entries.length > 0) line.clear()
      for (const entry of entries) show(logEntry(entry), logTo)
    }
    if (operation.state !== 'in progress') {
      line.clear()
      const { state, description } = operation
      show(`The ${called} has ${state}${state === 'failed' ? `: ${description}` : ''}\n`, process.stderr)
      if (state === 'failed') process.exitCode = 1
      return operation
    }
    // In a pause an operation that waits has a description, too.
    const turn = place > 0 ? `waiting, number ${place} in the queue` : 'starting'
    const what = operation.description || turn
    line.tell(`${what}, ${secondsSince(operation.startedAt ?? operation.createdAt)} s so far`, what)
    await sleep(interval)
  }
}

/** Waits for an operation and tells nothing. */
export async function ended(client: Client, queued: Operation): Promise<Operation> {
  for (;;) {
    const { operation } = await patiently(() => look(client, queued))
    if (operation.state !== 'in progress') return operation
    await sleep(interval)
  }
}

async function look(client: Client, { instance, id }: Operation): Promise<Answer> {
  const param = { ...at(instance), operation: id }
  return (await client.instances[':instance'].operations[':operation'].$get({ param })).json()
}

async function log(client: Client, { instance, id }: Operation, seen: number) {
  const query = { operation: id, ...(seen > 0 ? { after: String(seen) } : {}) }
  return (await client.instances[':instance'].log.$get({ param: at(instance), query })).json()
}

async function patiently<T>(look: () => Promise<T>): Promise<T> {
  for (let silent = 1; ; silent++) {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof BrokerSilent) || silent === looksWithout) throw error
      await sleep(interval)
    }
  }
}

const secondsSince = (time: string) => Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1000))
