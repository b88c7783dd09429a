import { sql } from 'drizzle-orm'
import { type ConnectionOptions, type DrizzleTransactionLike, fromDrizzle, PgBoss } from 'pg-boss'
import type { Database, OpenDatabase } from '../database/database.ts'
import type { Log } from '../logging/log.ts'

/** Seconds without a sign of life after which the work of a dead process goes to another one. */
export const lease = 20

/** How a worker keeps its lease, and how soon it sees a job that became due without a notification. */
export const alive = {
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 2,
  heartbeatRefreshSeconds: lease / 4,
}

/** The job system of the whole broker: pg-boss on the broker's own database, with a queue for each kind of work. */
export class Jobs {
  readonly boss: PgBoss
  /** Whether other broker processes may work on the same queues. */
  readonly shared: boolean

  constructor(database: Pick<OpenDatabase, 'queueConnection' | 'shared'>, log: Log) {
    this.shared = database.shared
    this.boss = new PgBoss({
      ...database.queueConnection,
      schema: 'queue',
      useListenNotify: true,
      superviseIntervalSeconds: lease / 2,
      monitorIntervalSeconds: lease / 2,
    })
    this.boss.on('error', (error) => log.error({ err: error }, 'queue error'))
    this.boss.on('warning', (warning) => log.warn({ warning }, 'queue warning'))
  }

  async start(): Promise<void> {
    await this.boss.start()
  }

  /** To be called when nothing runs any more. */
  async stop(): Promise<void> {
    await this.boss.stop({ graceful: true, timeout: 5000 })
  }

  /**
   * An embedded database has one process: what is active when it starts was left by a dead one, whose lease need not
   * be waited for. To be called before there is a worker.
   */
  async freeAbandoned(queue: string): Promise<void> {
    if (this.shared) return
    const jobs = await this.boss.findJobs(queue, { limit: 100_000 })
    const active = jobs.filter(({ state }) => state === 'active').map(({ id }) => id)
    if (active.length > 0) await this.boss.fail(queue, active, { reason: 'the broker was restarted' })
  }
}

/** The options with which a job is saved along with a transaction, or not at all. */
export function within(transaction: Database): ConnectionOptions {
  return { db: fromDrizzle(transaction as DrizzleTransactionLike, sql) }
}
