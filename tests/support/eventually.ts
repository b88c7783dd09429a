import { vi } from 'vitest'

/** Waits until an expectation is met; the one that failed last is told when the time is over. */
export const eventually = (look: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(look, { timeout: 120_000, interval: 50 })
