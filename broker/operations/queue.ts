import type { Job } from 'pg-boss'
import type { Catalog } from '../catalog/catalog.ts'
import type { Database } from '../database/database.ts'
import { findInstance } from '../instances/rows.ts'
import { alive, type Jobs, lease, within } from '../jobs/jobs.ts'
import type { Operation } from './operation.ts'

/** Puts the job of an operation into the queue, within the transaction that saves the operation. */
export type Enqueue = (transaction: Database, operation: Operation) => Promise<void>

const queue = 'operations'

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

/** The durable queue of operations: a job for each attempt. */
export class OperationQueue {
  readonly #jobs: Jobs
  readonly #db: Database
  readonly #catalog: Pick<Catalog, 'plan'>

  private constructor(jobs: Jobs, db: Database, catalog: Pick<Catalog, 'plan'>) {
    this.#jobs = jobs
    this.#db = db
    this.#catalog = catalog
  }

  static async open(jobs: Jobs, db: Database, catalog: Pick<Catalog, 'plan'>): Promise<OperationQueue> {
    await jobs.boss.createQueue(queue, {
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
    return new OperationQueue(jobs, db, catalog)
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
    await this.#jobs.freeAbandoned(queue)
    const options = {
      ...alive,
      localConcurrency: atOnce.operations,
      // The queue takes no part that is larger than the whole.
      localGroupConcurrency: Math.min(atOnce.nodeCountChanges, atOnce.operations),
    }
    await this.#jobs.boss.work<OperationJob, void, typeof options>(
      queue,
      options,
      async ([job]: Job<OperationJob>[]) => {
        if (job) await handle(job.data.operationId, job.signal)
      },
    )
  }

  /** Takes nothing more from the queue; what runs goes on. */
  async rest(): Promise<void> {
    await this.#jobs.boss.offWork(queue, { wait: false })
  }

  /** Gives operations in progress that have no job (any more) a new one: an accepted operation always ends. */
  async ensure(operations: Operation[]): Promise<void> {
    for (const operation of operations) {
      const jobs = await this.#jobs.boss.findJobs<OperationJob>(queue, {
        data: { operationId: operation.id },
      })
      const live = jobs.some(({ state }) => ['created', 'retry', 'active'].includes(state))
      if (!live) await this.#send(this.#db, operation, 0)
    }
  }

  async #changesNodeCount(tx: Database, { type, instanceId, target }: Operation): Promise<boolean> {
    if (type !== 'update') return false
    const instance = await findInstance(tx, instanceId)
    const nodes = (planId: string | undefined) => planId && this.#catalog.plan(planId)?.nodes
    return nodes(instance?.planId) !== nodes(target.planId)
  }

  async #send(transaction: Database, operation: Operation, startAfter: number) {
    await this.#jobs.boss.send(queue, { operationId: operation.id } satisfies OperationJob, {
      singletonKey: operation.instanceId,
      priority: -operation.turn,
      startAfter,
      ...((await this.#changesNodeCount(transaction, operation)) ? { group: nodeCountChanges } : {}),
      ...within(transaction),
    })
  }
}
