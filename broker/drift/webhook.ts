import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Instances } from '../instances/instances.ts'
import type { Log } from '../logging/log.ts'
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

/** Checks in one POST: receivers take bodies of a limited size, and an outage of one leaves much to tell. */
const mostAtOnce = 100

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
  for (;;) {
    const due = await records.due(mostAtOnce)
    if (due.length === 0) return
    const taken = await post(webhook, await bodyOf(due, instances), log, signal)
    if (!taken) return
    await records.told(due)
  }
}

async function bodyOf(checks: DriftCheck[], instances: Instances): Promise<string> {
  const names = new Map((await instances.all()).map((instance) => [instance.id, named(instance)]))
  return JSON.stringify({
    findings: checks.map((check) => ({ ...names.get(check.instanceId), ...shown(check) })),
  })
}

/** @returns whether it was taken, if need be at a further try */
async function post(webhook: Webhook, body: string, log: Log, signal: AbortSignal): Promise<boolean> {
  for (const wait of [0, ...waits]) {
    await sleep(wait, undefined, { signal })
    const problem = await send(webhook, body, signal)
    if (problem === undefined) return true
    const { host } = new URL(webhook.url)
    log.warn({ setting: 'DRIFT_WEBHOOK_URL', host, problem }, 'the drift webhook did not take the findings')
  }
  return false
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
    return cause instanceof Error ? causeOf(cause).message : message
  }
}
