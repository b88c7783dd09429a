import { lease } from '../jobs/jobs.ts'
import { AttemptIsOver, type Attempts } from './attempts.ts'
import type { Operation } from './operation.ts'

/** Milliseconds between two looks whether the operation is still this attempt's. */
const lookInterval = 2000

export interface Watch {
  /** Aborts when the operation is no longer this attempt's: ended by a deletion, or taken over. */
  over: AbortSignal
  /** Aborts when that could not be found out for as long as the lease: another process may be at work by then. */
  lost: AbortSignal
  stop(): void
}

/** Watches whether an operation is still the attempt's that has begun. */
export function watch(attempts: Pick<Attempts, 'isCurrent'>, operation: Operation): Watch {
  const [over, lost] = [new AbortController(), new AbortController()]
  let seen = Date.now()
  const look = async () => {
    const begun = Date.now()
    if (await attempts.isCurrent(operation)) seen = begun
    else over.abort(new AttemptIsOver())
  }
  const timer = setInterval(() => {
    if (Date.now() - seen > lease * 1000) lost.abort(new Error('the database does not answer'))
    void look().catch(() => {})
  }, lookInterval)
  return { over: over.signal, lost: lost.signal, stop: () => clearInterval(timer) }
}
