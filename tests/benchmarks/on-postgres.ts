import { randomUUID } from 'node:crypto'
import { TestBroker } from '../support/broker.ts'
import { once } from '../support/once.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'

/** A broker on a PostgreSQL, both without anything else to do. */
export interface OnPostgres {
  broker: TestBroker
  postgres: Postgres
  /** @returns the id of an instance that is there */
  instance(): Promise<string>
  close(): Promise<void>
}

export async function startOnPostgres(): Promise<OnPostgres> {
  const postgres = await startPostgres()
  const broker = await TestBroker.start({ DATABASE_URL: postgres.url, DRIFT_SCHEDULE: 'off' })
  return {
    broker,
    postgres,
    instance: once(async () => {
      const id = randomUUID()
      await broker.created(id)
      return id
    }),
    async close() {
      await broker.remove()
      await postgres.stop()
    },
  }
}

/** One for all benchmarks: they find what others have left, which is no matter where nothing is really measured. */
export function sharedOnPostgres(): { open(): Promise<OnPostgres>; close(): Promise<void> } {
  let started: Promise<OnPostgres> | undefined
  return {
    async open() {
      started ??= startOnPostgres()
      return { ...(await started), close: async () => {} }
    },
    async close() {
      await (await started)?.close()
    },
  }
}
