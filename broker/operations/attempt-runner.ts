import type { AuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import { type Log, plainError } from '../logging/log.ts'
import type { OperationType } from '../model/operation.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { Provisioner } from '../provisioner/provisioner.ts'
import { asFailure } from '../terraform/failures.ts'
import { AttemptIsOver, type Attempts, type Begun, type Deployed, type Failure } from './attempts.ts'
import type { Operation } from './operation.ts'
import type { OperationQueue } from './queue.ts'
import type { Upkeep } from './upkeep.ts'
import { watch } from './watch.ts'

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

export interface AttemptRunnerOptions {
  attempts: Attempts
  queue: Pick<OperationQueue, 'enqueueAfter'>
  provisioner: Provisioner
  upkeep: Pick<Upkeep, 'observeFailed'>
  /** Looks at what the deploy of an instance has come to, before it is saved. */
  deployed(instance: Instance): Promise<Deployed>
  log: Log
}

/** Makes attempts at operations: has the provisioner do each, and saves how it went. */
export class AttemptRunner {
  readonly #options: AttemptRunnerOptions

  constructor(options: AttemptRunnerOptions) {
    this.#options = options
  }

  /**
   * @param processSignal aborts when this process must not go on
   * @throws when the operation is to go back to the queue
   */
  async run(operationId: string, processSignal: AbortSignal): Promise<void> {
    const { attempts, upkeep } = this.#options
    const begun = await attempts.begin(operationId)
    if (!begun) return
    const { operation, instance } = begun
    const log = this.#options.log.child({
      operation: operation.id,
      type: operation.type,
      attempt: operation.attempt,
      instance: instance.id,
    })
    log.info({}, 'attempt begins')
    const { over, lost, stop } = watch(attempts, operation)
    const late = AbortSignal.timeout(millisecondsLeft(operation))
    const handBack = AbortSignal.any([processSignal, lost])
    const signal = AbortSignal.any([handBack, over, late])
    try {
      await this.#provision(begun, signal)
      log.info({}, 'operation succeeded')
      return
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
    if (operation.type === 'update') await upkeep.observeFailed()
  }

  async #provision(begun: Begun, signal: AbortSignal): Promise<void> {
    const { operation, instance } = begun
    const { attempts, provisioner, deployed } = this.#options
    let tokens: AuthTokens | undefined
    const attempt = {
      operationId: operation.id,
      number: operation.attempt,
      signal,
      // Only when they are asked for: a deletion must not fail for tokens that do not open.
      get tokens() {
        tokens ??= attempts.tokens(begun)
        return tokens
      },
      async saveTokens(next: AuthTokens) {
        await attempts.saveTokens(begun, next)
        tokens = next
      },
      phase: (description: string) => attempts.phase(operation, description),
      log: (text: string) => attempts.log(operation, text),
    }
    switch (operation.type) {
      case 'provision':
      case 'update': {
        const { snapshot } = operation.target
        if (snapshot) {
          await provisioner.changeSnapshots(instance, snapshot, attempt)
          return attempts.succeeded(begun)
        }
        const outputs = await provisioner.apply(instance, operation.target, attempt)
        return attempts.deployed(begun, outputs, await deployed(instance))
      }
      case 'deprovision':
        await provisioner.destroy(instance, attempt)
        return attempts.deleted(begun)
      case 'forget':
        await provisioner.forget(instance, attempt)
        return attempts.deleted(begun)
    }
  }

  async #end(begun: Begun, late: boolean, error: unknown, log: Log): Promise<void> {
    const { attempts, queue } = this.#options
    const { operation } = begun
    const failure = late ? tookTooLong(error) : asFailure(error)
    if (failure.transient && operation.failures + 1 < mostFailures) {
      const delaySeconds = 5 * 3 ** operation.failures
      log.warn({ delaySeconds, detail: failure.detail }, 'attempt failed, another follows')
      const description = `${failure.reason}; the broker tries again by itself`
      const { detail } = failure
      await attempts.postponed(begun, { description, detail }, queue.enqueueAfter(delaySeconds))
      return
    }
    const { message: description, detail } = failure
    log.error({ description, detail }, 'operation failed')
    await attempts.failed(begun, { description, detail, ...(await this.#afterwards(begun, failure)) })
  }

  /** Facts for the platform's users after a failure; only updates and deletions have some. */
  async #afterwards(
    { operation: { type }, instance }: Begun,
    { repeatable }: ProvisionFailure,
  ): Promise<Partial<Failure>> {
    if (type === 'provision' || type === 'forget') return {}
    // A platform that can't be asked: an update leaves the Redis running, a deletion may have ended it.
    const instanceUsable = await this.#options.provisioner.isUsable(instance).catch(() => type === 'update')
    // An update that is sent again goes on where the failed one has stopped.
    return { instanceUsable, ...(type === 'update' ? { updateRepeatable: repeatable } : {}) }
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
