import type { OpenDatabase } from '../../broker/database/database.ts'
import { currentTarget, type Instance, newInstance } from '../../broker/instances/instance.ts'
import { findInstance } from '../../broker/instances/rows.ts'
import { Attempts, type Begun } from '../../broker/operations/attempts.ts'
import type { Operation } from '../../broker/operations/operation.ts'
import { Operations } from '../../broker/operations/operations.ts'
import type { OperationRequests } from '../../broker/operations/requests.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { openEmbedded } from './embedded-database.ts'
import { accepted, requestsWithoutJobs } from './requests.ts'
import { anyTarget } from './target.ts'

export const anyOutputs = { hostname: 'h', port: 6379, password: 'p', engineVersion: '6.2.6' }

/** A new instance for tests that do not care about it. */
export const anyInstance = (id: string): Instance =>
  newInstance({ id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }, anyTarget)

/** Instances and operations in a database, where a test says itself how an operation goes. */
export class Records {
  readonly db: OpenDatabase['db']
  readonly keyRing: KeyRing
  readonly requests: OperationRequests
  readonly attempts: Attempts
  readonly operations: Operations
  readonly #database: OpenDatabase

  private constructor(database: OpenDatabase, keyRing: KeyRing) {
    const { db } = database
    this.#database = database
    this.db = db
    this.keyRing = keyRing
    this.requests = requestsWithoutJobs(db)
    this.attempts = new Attempts(db, keyRing)
    this.operations = new Operations(db)
  }

  /** @param database one on PGlite unless it is given; it is closed with the records */
  static async open({
    database,
    keyRing = KeyRing.parse(KeyRing.newEntry('key')),
  }: {
    database?: OpenDatabase
    keyRing?: KeyRing
  } = {}): Promise<Records> {
    return new Records(database ?? (await openEmbedded()), keyRing)
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  async creation(id: string): Promise<Operation> {
    return accepted(await this.requests.create(anyInstance(id)))
  }

  async update(id: string, more: Partial<Operation['target']> = {}): Promise<Operation> {
    const instance = await this.instance(id)
    return accepted(await this.requests.update(instance, { ...currentTarget(instance), ...more }))
  }

  async deletion(id: string): Promise<Operation> {
    return accepted(await this.requests.delete(await this.instance(id)))
  }

  async begun({ id }: Pick<Operation, 'id'>): Promise<Begun> {
    const begun = await this.attempts.begin(id)
    if (!begun) throw new Error('not begun')
    return begun
  }

  /** An instance whose creation has succeeded. */
  async created(id: string): Promise<Instance> {
    await this.attempts.deployed(await this.begun(await this.creation(id)), anyOutputs)
    return this.instance(id)
  }

  async instance(id: string): Promise<Instance> {
    const instance = await findInstance(this.db, id)
    if (!instance) throw new Error(`${id} is not there`)
    return instance
  }
}
