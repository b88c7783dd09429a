import type { Job } from 'pg-boss'
import { Webhook as Signer } from 'standardwebhooks'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Database } from '../database/database.ts'
import type { Instance } from '../instances/instance.ts'
import { alive, type Jobs, lease, within } from '../jobs/jobs.ts'
import type { Log } from '../logging/log.ts'
import type { Settings } from '../settings/settings.ts'
import type { DriftCheck } from './records.ts'
import { type InstanceNames, named } from './report.ts'

/** The message about one check, as Standard Webhooks words it. */
export interface WebhookMessage {
  type: 'drift.changed'
  /** When the check was made. */
  timestamp: string
  data: InstanceNames & Pick<DriftCheck, 'id' | 'state' | 'findings'> & { message?: string }
}

const queue = 'drift-webhook'

const answerTimeoutMs = 10_000

/** Messages that are under way at a time in this process. */
const atOnce = 2

export interface WebhookOptions {
  settings: Pick<Settings, 'DRIFT_WEBHOOK_URL' | 'DRIFT_WEBHOOK_SECRET'>
  jobs: Jobs
  log: Log
}

/**
 * Tells a receiver what is new, by the convention of standardwebhooks.com: a message for each check, and a job for
 * each message. The job is saved along with the check, so that nothing is lost when the receiver or the broker is
 * down: everything is told at least once, and by its id known again. Of one instance the messages come in order.
 */
export class DriftWebhook {
  readonly #options: WebhookOptions
  readonly #stopping = new AbortController()

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { jobs, settings } = this.#options
    const { DRIFT_WEBHOOK_URL: url, DRIFT_WEBHOOK_SECRET: secret } = settings
    await jobs.boss.createQueue(queue, {
      // What waits to be told again keeps back what is newer of the same instance, and of no other.
      policy: 'key_strict_fifo',
      notify: true,
      heartbeatSeconds: lease,
      expireInSeconds: 60,
      // After 1, 2, 4 … seconds, and then every hour.
      retryLimit: 10_000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 3600,
      retentionSeconds: 30 * 86_400,
      deleteAfterSeconds: 3600,
    })
    if (!url || !secret) return
    await jobs.freeAbandoned(queue)
    const signer = new Signer(secret)
    const options = { ...alive, localConcurrency: atOnce }
    await jobs.boss.work<WebhookMessage, void, typeof options>(
      queue,
      options,
      async ([job]: Job<WebhookMessage>[]) => {
        if (job) await this.#tell(url, signer, job)
      },
    )
  }

  /** Has the receiver told of a check, once the transaction is through. */
  async announce(tx: Database, instance: Instance, check: DriftCheck): Promise<void> {
    if (!this.#options.settings.DRIFT_WEBHOOK_URL) return
    const { id, state, findings, message, checkedAt } = check
    const announcement: WebhookMessage = {
      type: 'drift.changed',
      timestamp: checkedAt.toISOString(),
      data: { id, ...named(instance), state, findings, ...(message === null ? {} : { message }) },
    }
    await this.#options.jobs.boss.send(queue, announcement, { singletonKey: instance.id, ...within(tx) })
  }

  /** A message that is under way is sent anew later. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker stops'))
    await this.#options.jobs.boss.offWork(queue)
  }

  /** @throws Error when it was not taken: the job goes back to the queue */
  async #tell(url: string, signer: Signer, { data, signal }: Job<WebhookMessage>): Promise<void> {
    const problem = await send(url, signer, data, AbortSignal.any([signal, this.#stopping.signal]))
    if (problem === undefined) return
    const { host } = new URL(url)
    this.#options.log.warn(
      { setting: 'DRIFT_WEBHOOK_URL', host, problem },
      'the drift webhook did not take the findings',
    )
    throw new Error(problem)
  }
}

/** @returns what went wrong */
async function send(
  url: string,
  signer: Signer,
  message: WebhookMessage,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { id } = message.data
  const body = JSON.stringify(message)
  const now = new Date()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'webhook-id': id,
        // The time is signed too, so that a receiver can refuse what somebody sends it again.
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(id, now, body),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    })
    await response.body?.cancel()
    return response.ok ? undefined : `it answered ${response.status}`
  } catch (error) {
    signal.throwIfAborted()
    const { message: said, cause } = error as Error
    return cause instanceof Error ? causeOf(cause).message : said
  }
}
