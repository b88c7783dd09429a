import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { DriftRecords } from '../../../broker/drift/records.ts'
import { Bindings } from '../../../broker/instances/bindings.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { Pause } from '../../../broker/operations/pause.ts'
import { osbApp } from '../../../broker/osb/app.ts'
import type { Osb } from '../../../broker/osb/osb.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { type Answer, deleteQuery, instanceBody, instancePath, plans } from '../../support/broker.ts'
import { anyOutputs, Records } from '../../support/records.ts'

/**
 * The API on a database, without anybody who does what it accepts: a test says itself how an operation goes. For the
 * rules that nothing of Terraform and AWS shows in.
 */
export class Api {
  readonly osb: Osb
  readonly records: DriftRecords
  readonly #saved: Records
  readonly #app: ReturnType<typeof osbApp>

  private constructor(saved: Records, more: Partial<Osb>) {
    const { db, keyRing, operations, requests } = saved
    this.#saved = saved
    this.records = new DriftRecords(db)
    this.osb = {
      catalog: loadCatalog(readSettings({})),
      operations,
      requests,
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

  /** @param records closed with it */
  static async open(more: Partial<Osb> = {}, records?: Records): Promise<Api> {
    return new Api(records ?? (await Records.open()), more)
  }

  close(): Promise<void> {
    return this.#saved.close()
  }

  async request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const response = await this.#app.request(path.replace(/^\/v2/, ''), {
      method,
      headers: {
        'X-Broker-API-Version': '2.17',
        Authorization: `Basic ${btoa('broker:broker')}`,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
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
  async #begun(id: string) {
    const operation = await this.osb.operations.last(id)
    if (!operation) throw new Error(`nothing was done to ${id}`)
    return this.#saved.begun(operation)
  }

  /** An instance whose creation has succeeded. */
  async created(id: string, more: object = {}): Promise<void> {
    await this.provision(id, more)
    await this.#saved.attempts.deployed(await this.#begun(id), anyOutputs)
  }

  /** As after a change of its row in the database, or with a key that is lost: what is stored does not open. */
  async sealedForGood(id: string): Promise<void> {
    await changeInstance(this.#saved.db, id, { outputsGeneration: 99 })
  }

  /** Has the last operation of an instance fail. */
  async fails(id: string, instanceUsable?: boolean): Promise<void> {
    const facts = instanceUsable === undefined ? {} : { instanceUsable }
    await this.#saved.attempts.failed(await this.#begun(id), {
      description: 'It failed.',
      detail: '',
      ...facts,
    })
  }
}
