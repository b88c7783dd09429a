import type { AttemptRunner } from './attempt-runner.ts'
import type { AtOnce, OperationQueue } from './queue.ts'

/** Takes operations from the queue and has an attempt made at each. */
export class OperationWorker {
  readonly #queue: Pick<OperationQueue, 'work' | 'rest'>
  readonly #runner: Pick<AttemptRunner, 'run'>
  readonly #running = new Set<Promise<void>>()
  readonly #handBack = new AbortController()
  #stopping = false

  constructor(queue: Pick<OperationQueue, 'work' | 'rest'>, runner: Pick<AttemptRunner, 'run'>) {
    this.#queue = queue
    this.#runner = runner
  }

  start(atOnce: AtOnce): Promise<void> {
    return this.#queue.work(atOnce, (operationId, lease) => {
      // It was on its way from the database when the stop began. It goes back to the queue.
      if (this.#stopping) return Promise.reject(new Error('the broker is stopping'))
      const attempt = this.#runner.run(operationId, AbortSignal.any([lease, this.#handBack.signal]))
      this.#running.add(attempt)
      return attempt.finally(() => this.#running.delete(attempt))
    })
  }

  /**
   * Takes no new operations and lets the running ones finish for so many seconds; what is left then, or once
   * `hurry` aborts, is stopped cleanly and handed back to the queue.
   */
  async stop(graceSeconds: number, hurry: AbortSignal): Promise<void> {
    this.#stopping = true
    await this.#queue.rest()
    const enough = AbortSignal.any([AbortSignal.timeout(graceSeconds * 1000), hurry])
    const handBack = () => this.#handBack.abort(new Error('the broker is stopping'))
    if (enough.aborted) handBack()
    enough.addEventListener('abort', handBack)
    await Promise.allSettled(this.#running)
    enough.removeEventListener('abort', handBack)
  }
}
