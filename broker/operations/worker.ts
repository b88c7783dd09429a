import type { AuthTokens } from '../instances/auth-tokens.ts'
import { stackName } from '../instances/instance.ts'
import type { Operation } from '../instances/operation.ts'
import { lease } from '../jobs/jobs.ts'
import { type Log, plainError } from '../logging/log.ts'
import type { OperationType } from '../model/operation.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { Provisioner } from '../provisioner/provisioner.ts'
import { asFailure } from '../terraform/failures.ts'
import { AttemptIsOver, type Begun, type Deployed, type Failure, type Journal } from './journal.ts'
import type { AtOnce, OperationQueue } from './queue.ts'
import type { ReadBack } from './read-back.ts'

/**
 * Seconds from its start after which an operation fails: above what the AWS provider itself waits for
 * (60, 40 and 45 minutes), below the catalog's maximum_polling_duration.
 */
const deadlines: Record<OperationType, number> = {
  provision: 7200,
  update: 7200,
  deprovision: 5400,
  forget: 5400,
}

/** Attempts at an operation that fail for reasons that pass; a crash is no failed attempt. */
const mostFailures = 6

/** Milliseconds between two looks whether the operation is still this attempt's. */
const lookInterval = 2000

/** Milliseconds between two looks whether every operation in progress has a job, and what crashes have left. */
const ensureInterval = 60_000

/** Milliseconds between two looks at what failed updates have come to. */
const observeInterval = 10_000

/** Takes operations from the queue and brings each to its end. */
export class OperationWorker {
  readonly #journal: Journal
  readonly #queue: OperationQueue
  readonly #provisioner: Provisioner
  readonly #log: Log
  readonly #logDays: number
  readonly #deployed: Deployed
  readonly #running = new Set<Promise<void>>()
  readonly #handBack = new AbortController()
  readonly #readBack: ReadBack
  #ensuring: NodeJS.Timeout | undefined
  #observing: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: {
    journal: Journal
    queue: OperationQueue
    provisioner: Provisioner
    readBack: ReadBack
    log: Log
    /** How long the logs of operations are kept. */
    logDays: number
    deployed: Deployed
  }) {
    this.#journal = options.journal
    this.#queue = options.queue
    this.#provisioner = options.provisioner
    this.#readBack = options.readBack
    this.#log = options.log
    this.#logDays = options.logDays
    this.#deployed = options.deployed
  }

  async start(atOnce: AtOnce): Promise<void> {
    await this.#ensure()
    await this.#queue.work(atOnce, (operationId, lease) => {
      // It was on its way from the database when the stop began. It goes back to the queue.
      if (this.#stopping) return Promise.reject(new Error('the broker is stopping'))
      const attempt = this.#attempt(operationId, AbortSignal.any([lease, this.#handBack.signal]))
      this.#running.add(attempt)
      return attempt.finally(() => this.#running.delete(attempt))
    })
    this.#ensuring = setInterval(() => this.#ensure(), ensureInterval)
    this.#observing = setInterval(() => this.#observe(), observeInterval)
  }

  /**
   * Takes no new operations and lets the running ones finish for so many seconds; what is left then, or once
   * `hurry` aborts, is stopped cleanly and handed back to the queue.
   */
  async stop(graceSeconds: number, hurry: AbortSignal): Promise<void> {
    this.#stopping = true
    clearInterval(this.#ensuring)
    clearInterval(this.#observing)
    await this.#queue.rest()
    const enough = AbortSignal.any([AbortSignal.timeout(graceSeconds * 1000), hurry])
    const handBack = () => this.#handBack.abort(new Error('the broker is stopping'))
    if (enough.aborted) handBack()
    enough.addEventListener('abort', handBack)
    await Promise.allSettled(this.#running)
    enough.removeEventListener('abort', handBack)
  }

  async #ensure(): Promise<void> {
    try {
      await this.#queue.ensure(await this.#journal.inProgress())
      await this.#journal.pruneLogs(this.#logDays)
      await this.#provisioner.tidy(async (stack) => {
        const operations = await this.#journal.inProgress()
        return operations.some(({ instanceId }) => stackName(instanceId) === stack)
      })
    } catch (error) {
      this.#log.warn({ err: error }, 'looking after the operations failed')
    }
  }

  /** Whatever AWS has taken of an update that failed or was cancelled is on record afterwards. */
  async #observe(): Promise<void> {
    try {
      for (const operation of await this.#journal.unobserved()) {
        if (await this.#readBack.afterFailure(operation)) await this.#journal.observed(operation)
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'looking what failed updates have come to failed')
    }
  }

  async #attempt(operationId: string, processSignal: AbortSignal): Promise<void> {
    const begun = await this.#journal.begin(operationId)
    if (!begun) return
    const { operation, instance } = begun
    const log = this.#log.child({
      operation: operation.id,
      type: operation.type,
      attempt: operation.attempt,
      instance: instance.id,
    })
    log.info({}, 'attempt begins')
    const { over, lost, stop } = this.#watch(operation)
    const late = AbortSignal.timeout(millisecondsLeft(operation))
    const handBack = AbortSignal.any([processSignal, lost])
    const signal = AbortSignal.any([handBack, over, late])
    try {
      await this.#run(begun, signal)
      log.info({}, 'operation succeeded')
    } catch (error) {
      if (error instanceof AttemptIsOver || over.aborted) {
        log.info({}, 'attempt is over: the operation was ended or taken over')
      } else if (handBack.aborted) {
        log.info({}, 'attempt handed back')
        throw error
      } else {
        await this.#end(begun, late.aborted, error, log)
      }
    } finally {
      stop()
    }
    if (operation.type === 'update') await this.#observe()
  }

  async #run(begun: Begun, signal: AbortSignal): Promise<void> {
    const { operation, instance } = begun
    const journal = this.#journal
    let tokens = journal.tokens(begun)
    const attempt = {
      operationId: operation.id,
      number: operation.attempt,
      signal,
      get tokens() {
        return tokens
      },
      async saveTokens(next: AuthTokens) {
        await journal.saveTokens(begun, next)
        tokens = next
      },
      phase: (description: string) => journal.phase(operation, description),
      log: (text: string) => journal.log(operation, text),
    }
    switch (operation.type) {
      case 'provision':
      case 'update': {
        const outputs = await this.#provisioner.apply(instance, operation.target, attempt)
        return this.#journal.deployed(begun, outputs, this.#deployed)
      }
      case 'deprovision':
        await this.#provisioner.destroy(instance, attempt)
        return this.#journal.deleted(begun)
      case 'forget':
        await this.#provisioner.forget(instance, attempt)
        return this.#journal.deleted(begun)
    }
  }

  async #end(begun: Begun, late: boolean, error: unknown, log: Log): Promise<void> {
    const { operation } = begun
    const failure = late ? tookTooLong(error) : asFailure(error)
    if (failure.transient && operation.failures + 1 < mostFailures) {
      const delay = 5 * 3 ** operation.failures
      log.warn({ delay, detail: failure.detail }, 'attempt failed, another follows')
      const description = `${failure.reason}; the broker tries again by itself`
      const { detail } = failure
      await this.#journal.postponed(begun, { description, detail }, this.#queue.enqueueAfter(delay))
      return
    }
    const { message: description, detail } = failure
    log.error({ description, detail }, 'operation failed')
    const afterwards = await this.#afterwards(begun, failure)
    await this.#journal.failed(begun, { description, detail, ...afterwards })
  }

  /** What the platform may tell its users after a failure; only updates and deletions have something to say. */
  async #afterwards(
    { operation: { type }, instance }: Begun,
    { repeatable }: ProvisionFailure,
  ): Promise<Partial<Failure>> {
    if (type === 'provision' || type === 'forget') return {}
    // A platform that can't be asked: an update leaves the Redis running, a deletion may have ended it.
    const instanceUsable = await this.#provisioner.isUsable(instance).catch(() => type === 'update')
    // An update that is sent again goes on where the failed one has stopped.
    return { instanceUsable, ...(type === 'update' ? { updateRepeatable: repeatable } : {}) }
  }

  /**
   * `over` aborts when the operation is no longer this attempt's: ended by a deletion, or taken over. `lost`
   * aborts when that could not be found out for as long as the lease: another process may be at work by then.
   */
  #watch(operation: Operation): { over: AbortSignal; lost: AbortSignal; stop(): void } {
    const [over, lost] = [new AbortController(), new AbortController()]
    let seen = Date.now()
    const look = async () => {
      const begun = Date.now()
      if (await this.#journal.isCurrent(operation)) seen = begun
      else over.abort(new AttemptIsOver())
    }
    const timer = setInterval(() => {
      if (Date.now() - seen > lease * 1000) lost.abort(new Error('the database does not answer'))
      void look().catch(() => {})
    }, lookInterval)
    return { over: over.signal, lost: lost.signal, stop: () => clearInterval(timer) }
  }
}

function millisecondsLeft({ type, startedAt }: Operation): number {
  const passed = startedAt ? Date.now() - startedAt.getTime() : 0
  return Math.max(deadlines[type] * 1000 - passed, 0)
}

function tookTooLong(error: unknown): ProvisionFailure {
  return new ProvisionFailure('It took too long and was stopped', plainError(error), {
    advice: 'Try again, or tell the operators of the platform.',
  })
}
