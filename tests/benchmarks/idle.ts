import { setTimeout as sleep } from 'node:timers/promises'
import { TestBroker } from '../support/broker.ts'
import { startPostgres } from '../support/postgres.ts'
import type { Benchmark } from './figure.ts'
import { residentMegabytes } from './resident.ts'

/** A broker that does nothing, and how long its second start takes. */
export const idle: Benchmark = {
  name: 'idle',
  async run({ short }) {
    const postgres = await startPostgres()
    const rounds = short ? 1 : 5
    try {
      const embedded = await measure({}, rounds, short)
      const shared = await measure({ DATABASE_URL: postgres.url }, rounds, short)
      return [
        { name: 'idle memory on PGlite', unit: 'MB', values: embedded.megabytes, goal: '<= 300' },
        { name: 'idle memory on PostgreSQL', unit: 'MB', values: shared.megabytes, goal: '<= 130' },
        { name: 'warm start to ready on PGlite', unit: 's', values: embedded.seconds, goal: '<= 2' },
        { name: 'warm start to ready on PostgreSQL', unit: 's', values: shared.seconds, goal: '<= 2' },
      ]
    } finally {
      await postgres.stop()
    }
  },
}

async function measure(settings: Record<string, string>, rounds: number, short: boolean) {
  const broker = await TestBroker.start({ ...settings, DRIFT_SCHEDULE: 'off', MALLOC_ARENA_MAX: '1' })
  const found = { megabytes: [] as number[], seconds: [] as number[] }
  try {
    for (let round = 0; round < rounds; round++) {
      await broker.stop()
      const begun = performance.now()
      await broker.start()
      found.seconds.push((performance.now() - begun) / 1000)
      // Until V8 has cleared away what the start has left.
      await sleep(short ? 0 : 30_000)
      found.megabytes.push(residentMegabytes(broker.pid))
    }
  } finally {
    await broker.remove()
  }
  return found
}
