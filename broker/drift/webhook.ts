import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Instances } from '../instances/instances.ts'
import type { Log } from '../log.ts'
import type { DriftCheck, DriftRecords } from './records.ts'
import { named } from './report.ts'

export interface Webhook {
  url: string
  secret: string
}

/** Milliseconds to wait before each further try. What they don't bring home, the next sweep does. */
const waits = [1000, 5000, 25_000]

/** Milliseconds that the receiver gets to answer. */
const patience = 10_000

/**
 * Tells the webhook what is new. What it has not taken stays marked in the database, so that nothing is
 * lost when it, or the broker, is down: everything is told at least once, and by `id` known again.
 */
export async function tellWebhook(
  webhook: Webhook,
  records: DriftRecords,
  instances: Instances,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const due = await records.due()
  if (due.length === 0) return
  const names = new Map((await instances.all()).map((instance) => [instance.id, named(instance)]))
  const body = JSON.stringify({
    findings: due.map((check) => ({ ...names.get(check.instanceId), ...shown(check) })),
  })
  for (const wait of [0, ...waits]) {
    await sleep(wait, undefined, { signal })
    const problem = await send(webhook, body, signal)
    if (problem === undefined) {
      await records.told(due)
      return
    }
    log.warn({ problem }, 'the drift webhook did not take the findings')
  }
}

function shown({ id, instanceId, state, findings, message, checkedAt }: DriftCheck) {
  return { id, instance: instanceId, state, checkedAt, findings, ...(message === null ? {} : { message }) }
}

/** @returns what went wrong */
async function send(
  { url, secret }: Webhook,
  body: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // The time is signed too, so that a receiver can refuse what somebody sends it again.
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Drift-Timestamp': timestamp,
        'X-Drift-Signature': `sha256=${signature}`,
      },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    })
    await response.body?.cancel()
    return response.ok ? undefined : `it answered ${response.status}`
  } catch (error) {
    signal.throwIfAborted()
    const { message, cause } = error as Error
    return cause instanceof Error ? cause.message : message
  }
}
