import { stackName } from '../instances/instance.ts'
import type { Operation, OperationType } from '../instances/operation.ts'
import { type Log, plainError } from '../log.ts'
import { type Provisioner, ProvisionFailure } from '../provisioner/provisioner.ts'
import { AttemptIsOver, type Begun, type Failure, type Journal } from './journal.ts'
import type { OperationQueue } from './queue.ts'

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

/** Takes operations from the queue and brings each to its end. */
export class OperationWorker {
  readonly #journal: Journal
  readonly #queue: OperationQueue
  readonly #provisioner: Provisioner
  readonly #log: Log
  readonly #logDays: number
  readonly #running = new Set<Promise<void>>()
  readonly #handBack = new AbortController()
  #ensuring: NodeJS.Timeout | undefined

  constructor(options: {
    journal: Journal
    queue: OperationQueue
    provisioner: Provisioner
    log: Log
    /** How long the logs of operations are kept. */
    logDays: number
  }) {
    this.#journal = options.journal
    this.#queue = options.queue
    this.#provisioner = options.provisioner
    this.#log = options.log
    this.#logDays = options.logDays
  }

  async start(atOnce: number): Promise<void> {
    await this.#ensure()
    await this.#queue.work(atOnce, (operationId, lease) => {
      const attempt = this.#attempt(operationId, AbortSignal.any([lease, this.#handBack.signal]))
      this.#running.add(attempt)
      return attempt.finally(() => this.#running.delete(attempt))
    })
    this.#ensuring = setInterval(() => this.#ensure(), ensureInterval)
  }

  /**
   * Takes no new operations and lets the running ones finish for so many seconds; what is left then, or once
   * `hurry` aborts, is stopped cleanly and handed back to the queue.
   */
  async stop(graceSeconds: number, hurry: AbortSignal): Promise<void> {
    clearInterval(this.#ensuring)
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
    const over = this.#watch(operation)
    const late = AbortSignal.timeout(millisecondsLeft(operation))
    const signal = AbortSignal.any([processSignal, over.signal, late])
    try {
      await this.#run(begun, signal)
      log.info({}, 'operation succeeded')
    } catch (error) {
      if (error instanceof AttemptIsOver || over.signal.aborted) {
        log.info({}, 'attempt is over: the operation was ended or taken over')
      } else if (processSignal.aborted) {
        log.info({}, 'attempt handed back')
        throw error
      } else {
        await this.#end(begun, late.aborted, error, log)
      }
    } finally {
      over.stop()
    }
  }

  async #run(begun: Begun, signal: AbortSignal): Promise<void> {
    const { operation, instance } = begun
    const attempt = {
      operationId: operation.id,
      number: operation.attempt,
      signal,
      phase: (description: string) => this.#journal.phase(operation, description),
      log: (text: string) => this.#journal.log(operation, text),
    }
    switch (operation.type) {
      case 'provision':
      case 'update': {
        const outputs = await this.#provisioner.apply(instance, operation.target, attempt)
        return this.#journal.deployed(begun, outputs)
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
    const failure = late ? tookTooLong(error) : describe(error)
    // What the broker doesn't know, such as a database that is away, is no reason to give an operation up.
    const transient = !late && (!(error instanceof ProvisionFailure) || error.transient)
    if (transient && operation.failures + 1 < mostFailures) {
      const delay = 5 * 3 ** operation.failures
      log.warn({ delay, detail: failure.detail }, 'attempt failed, another follows')
      const description = `${failure.description} The broker tries again by itself`
      await this.#journal.postponed(begun, { ...failure, description }, this.#queue.enqueueAfter(delay))
      return
    }
    log.error({ description: failure.description, detail: failure.detail }, 'operation failed')
    await this.#journal.failed(begun, { ...failure, ...(await this.#afterwards(begun)) })
  }

  /** What the platform may tell its users after a failure; only updates and deletions have something to say. */
  async #afterwards({ operation: { type }, instance }: Begun): Promise<Partial<Failure>> {
    if (type === 'provision') return {}
    // A platform that can't be asked: an update leaves the Redis running, a deletion may have ended it.
    const instanceUsable = await this.#provisioner.isUsable(instance).catch(() => type === 'update')
    // Every update may be sent again: it goes on where the failed one has stopped.
    return { instanceUsable, ...(type === 'update' ? { updateRepeatable: true } : {}) }
  }

  /** Aborts when the operation is no longer this attempt's: ended by a deletion, or taken over. */
  #watch(operation: Operation): { signal: AbortSignal; stop(): void } {
    const controller = new AbortController()
    const timer = setInterval(async () => {
      // A database that doesn't answer says nothing about the operation.
      if (!(await this.#journal.isCurrent(operation).catch(() => true))) controller.abort(new AttemptIsOver())
    }, lookInterval)
    return { signal: controller.signal, stop: () => clearInterval(timer) }
  }
}

function millisecondsLeft({ type, startedAt }: Operation): number {
  const passed = startedAt ? Date.now() - startedAt.getTime() : 0
  return Math.max(deadlines[type] * 1000 - passed, 0)
}

function tookTooLong(error: unknown): Failure {
  return {
    description: 'It took too long and was stopped. Try again, or tell the operators of the platform.',
    detail: plainError(error),
  }
}

function describe(error: unknown): Failure {
  if (error instanceof ProvisionFailure) return { description: error.message, detail: error.detail }
  return {
    description: 'The broker failed in a way it does not know. Please tell the operators of the platform.',
    detail: plainError(error),
  }
}
