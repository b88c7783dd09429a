import { sql } from 'drizzle-orm'
import { type DrizzleTransactionLike, fromDrizzle, type Job, PgBoss } from 'pg-boss'
import type { Catalog } from '../catalog/catalog.ts'
import type { Database, OpenDatabase } from '../database/database.ts'
import { findInstance } from '../instances/rows.ts'
import type { Log } from '../logging/log.ts'
import type { Operation } from './operation.ts'

/** Puts the job of an operation into the queue, within the transaction that saves the operation. */
export type Enqueue = (transaction: Database, operation: Operation) => Promise<void>

const queue = 'operations'

/** Seconds without a sign of life after which the work of a dead process goes to another one. */
export const lease = 20

/** How many operations a process runs at a time, and how many of them may change a number of nodes. */
export interface AtOnce {
  operations: number
  nodeCountChanges: number
}

/** The group of jobs that change a number of nodes: at every look the provider lists all cache clusters there are. */
const nodeCountChanges = { id: 'node count changes' }

interface OperationJob {
  operationId: string
}

/** The durable queue of operations: pg-boss on the broker's own database. */
export class OperationQueue {
  readonly #boss: PgBoss
  readonly #database: OpenDatabase
  readonly #catalog: Pick<Catalog, 'plan'>

  private constructor(boss: PgBoss, database: OpenDatabase, catalog: Pick<Catalog, 'plan'>) {
    this.#boss = boss
    this.#database = database
    this.#catalog = catalog
  }

  static async open(
    database: OpenDatabase,
    catalog: Pick<Catalog, 'plan'>,
    log: Log,
  ): Promise<OperationQueue> {
    const boss = new PgBoss({
      ...database.queueConnection,
      schema: 'queue',
      useListenNotify: true,
      superviseIntervalSeconds: lease / 2,
      monitorIntervalSeconds: lease / 2,
    })
    boss.on('error', (error) => log.error({ err: error }, 'queue error'))
    boss.on('warning', (warning) => log.warn({ warning }, 'queue warning'))
    await boss.start()
    await boss.createQueue(queue, {
      // One job at a time for each key, and the key is the instance.
      policy: 'singleton',
      notify: true,
      heartbeatSeconds: lease,
      expireInSeconds: 6 * 3600,
      // Attempts are counted by the operation, which decides when it is enough.
      retryLimit: 10_000,
      retentionSeconds: 30 * 86_400,
      deleteAfterSeconds: 3600,
    })
    return new OperationQueue(boss, database, catalog)
  }

  readonly enqueue: Enqueue = async (transaction, operation) => {
    await this.#send(transaction, operation, 0)
  }

  /** As `enqueue`, for later. */
  readonly enqueueAfter =
    (seconds: number): Enqueue =>
    (transaction, operation) =>
      this.#send(transaction, operation, seconds)

  /**
   * Calls `handle` for each operation, so many at a time in this process. What may not run yet keeps nothing back
   * that comes after it. The signal says that this process has lost its lease. When `handle` throws, the operation
   * goes back to the queue.
   */
  async work(
    atOnce: AtOnce,
    handle: (operationId: string, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (!this.#database.shared) await this.#freeAbandoned()
    const options = {
      localConcurrency: atOnce.operations,
      // The queue takes no part that is larger than the whole.
      localGroupConcurrency: Math.min(atOnce.nodeCountChanges, atOnce.operations),
      pollingIntervalSeconds: 2,
      // A job that was put off becomes due without a notification.
      notifyPollingIntervalSeconds: 2,
      heartbeatRefreshSeconds: lease / 4,
    }
    await this.#boss.work<OperationJob, void, typeof options>(
      queue,
      options,
      async ([job]: Job<OperationJob>[]) => {
        if (job) await handle(job.data.operationId, job.signal)
      },
    )
  }

  /** Takes nothing more from the queue; what runs goes on. */
  async rest(): Promise<void> {
    await this.#boss.offWork(queue, { wait: false })
  }

  /** To be called when nothing runs any more. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 5000 })
  }

  /** Gives operations in progress that have no job (any more) a new one: an accepted operation always ends. */
  async ensure(operations: Operation[]): Promise<void> {
    for (const operation of operations) {
      const jobs = await this.#boss.findJobs<OperationJob>(queue, { data: { operationId: operation.id } })
      const live = jobs.some(({ state }) => ['created', 'retry', 'active'].includes(state))
      if (!live) await this.#send(this.#database.db, operation, 0)
    }
  }

  /** An embedded database has one process: what is active when it starts was left by a dead one. */
  async #freeAbandoned(): Promise<void> {
    const active = (await this.#boss.findJobs(queue, { limit: 100_000 })).filter(
      (job) => job.state === 'active',
    )
    if (active.length > 0) {
      await this.#boss.fail(
        queue,
        active.map((job) => job.id),
        { reason: 'the broker was restarted' },
      )
    }
  }

  async #changesNodeCount(tx: Database, { type, instanceId, target }: Operation): Promise<boolean> {
    if (type !== 'update') return false
    const instance = await findInstance(tx, instanceId)
    const nodes = (planId: string | undefined) => planId && this.#catalog.plan(planId)?.nodes
    return nodes(instance?.planId) !== nodes(target.planId)
  }

  async #send(transaction: Database, operation: Operation, startAfter: number) {
    await this.#boss.send(queue, { operationId: operation.id } satisfies OperationJob, {
      singletonKey: operation.instanceId,
      priority: -operation.turn,
      startAfter,
      ...((await this.#changesNodeCount(transaction, operation)) ? { group: nodeCountChanges } : {}),
      db: fromDrizzle(transaction as DrizzleTransactionLike, sql),
    })
  }
}
