import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { DriftRecords } from '../../../broker/drift/records.ts'
import { Bindings } from '../../../broker/instances/bindings.ts'
import type { Outputs } from '../../../broker/instances/outputs.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { Attempts, type Begun } from '../../../broker/operations/attempts.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { Pause } from '../../../broker/operations/pause.ts'
import { osbApp } from '../../../broker/osb/app.ts'
import type { Osb } from '../../../broker/osb/osb.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { type Answer, deleteQuery, instanceBody, instancePath, plans } from '../../support/broker.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { requestsWithoutJobs } from '../../support/requests.ts'

export const outputs: Outputs = {
  hostname: 'redis.example.com',
  port: 6379,
  password: 'the-password',
  engineVersion: '6.2.6',
}

/**
 * The API on a database, without anybody who does what it accepts: a test says itself how an operation goes. For the
 * rules that nothing of Terraform and AWS shows in.
 */
export class Api {
  readonly osb: Osb
  readonly attempts: Attempts
  readonly records: DriftRecords
  readonly #database: OpenDatabase
  readonly #app: ReturnType<typeof osbApp>

  private constructor(database: OpenDatabase, more: Partial<Osb>) {
    const { db } = database
    const keyRing = KeyRing.parse(KeyRing.newEntry('key'))
    this.#database = database
    this.attempts = new Attempts(db, keyRing)
    this.records = new DriftRecords(db)
    this.osb = {
      catalog: loadCatalog(readSettings({})),
      operations: new Operations(db),
      requests: requestsWithoutJobs(db),
      changes: new ChangesAtRest(db),
      bindings: new Bindings(db),
      pause: new Pause(db),
      keyRing,
      retag: async () => {},
      snapshots: { of: async () => [], matching: async () => [] },
      caCertificate: undefined,
      ...more,
    }
    this.#app = osbApp(this.osb, { username: 'broker', password: 'broker' }, createLog('silent'))
  }

  static async open(more: Partial<Osb> = {}): Promise<Api> {
    return new Api(await openEmbedded(), more)
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#app.request(path.replace(/^\/v2/, ''), {
      method,
      headers: {
        'X-Broker-API-Version': '2.17',
        Authorization: `Basic ${btoa('broker:broker')}`,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }

  provision(id: string, more: object = {}): Promise<Answer> {
    return this.request('PUT', `${instancePath(id)}?accepts_incomplete=true`, { ...instanceBody(), ...more })
  }

  update(id: string, more: object = {}, query = '?accepts_incomplete=true'): Promise<Answer> {
    const { service_id } = instanceBody()
    return this.request('PATCH', `${instancePath(id)}${query}`, { service_id, ...more })
  }

  deprovision(id: string): Promise<Answer> {
    return this.request('DELETE', `${instancePath(id)}?accepts_incomplete=true&${deleteQuery()}`)
  }

  bind(id: string, binding: string, more: object = {}): Promise<Answer> {
    const { service_id } = instanceBody()
    const path = `${instancePath(id)}/service_bindings/${binding}`
    return this.request('PUT', path, { service_id, plan_id: plans['redis-dev'], ...more })
  }

  fetchBinding(id: string, binding: string): Promise<Answer> {
    return this.request('GET', `${instancePath(id)}/service_bindings/${binding}`)
  }

  /** Begins an attempt at the last operation of an instance. */
  async begun(id: string): Promise<Begun> {
    const operation = await this.osb.operations.last(id)
    const begun = operation && (await this.attempts.begin(operation.id))
    if (!begun) throw new Error(`nothing of ${id} can begin`)
    return begun
  }

  /** An instance whose creation has succeeded. */
  async created(id: string, more: object = {}): Promise<void> {
    await this.provision(id, more)
    await this.attempts.deployed(await this.begun(id), outputs)
  }

  /** Has the last operation of an instance fail. */
  async fails(id: string, instanceUsable?: boolean): Promise<void> {
    const facts = instanceUsable === undefined ? {} : { instanceUsable }
    await this.attempts.failed(await this.begun(id), { description: 'It failed.', detail: '', ...facts })
  }
}
