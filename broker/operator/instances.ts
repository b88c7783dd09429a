import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { StateBackend } from '../../state-backend/index.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { isStorable } from '../database/storable.ts'
import type { InstanceList } from '../drift/instance-list.ts'
import type { DriftRecords } from '../drift/records.ts'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { ifReadable } from '../instances/sealed.ts'
import { supportWarning } from '../model/engine-versions.ts'
import type { OperationRecord } from '../operations/operation.ts'
import type { Operations } from '../operations/operations.ts'
import type { Pause } from '../operations/pause.ts'
import type { StackSpecs } from '../provisioner/stack-specs.ts'
import type { States } from '../states/states.ts'
import { writtenWholeNumber } from '../text/whole-number.ts'
import { answer } from './answer.ts'
import { filtersOf, instancesQuery, pageEntries } from './instances-query.ts'
import { instanceOf, query, refuse } from './requests.ts'
import { shownCheck, shownInstance, shownRecord } from './shown.ts'

/** How many operations and drift checks `show` gives. */
const recent = 10

export interface InstancesOptions {
  list: InstanceList
  operations: Operations
  records: DriftRecords
  states: Pick<States, 'kind' | 'read' | 'lockHolder'>
  backend: StateBackend
  specs: StackSpecs
  catalog: Catalog
  pause: Pick<Pause, 'current'>
  /** Opens the stored tokens. */
  keyRing: KeyRing
}

const logQuery = v.object({
  /** Of the last operation, or of this one. */
  operation: v.optional(v.string()),
  /** Leaves out so many entries, which were read before. */
  after: v.optional(writtenWholeNumber(1, 1_000_000)),
})

/** Looks at instances, to be mounted at `/operator/instances`. */
export function instancesApp(options: InstancesOptions) {
  const { list, operations, records, states, specs, catalog, backend, keyRing, pause } = options

  /** Also of an instance that is gone, by its id. */
  async function idOf(c: Context): Promise<string> {
    const word = c.req.param('instance') ?? ''
    const isId = isStorable(word) && (await operations.last(word)) !== undefined
    return isId ? word : (await instanceOf(c, operations)).instance.id
  }

  async function operationOf(c: Context, id: string | undefined): Promise<OperationRecord> {
    const instance = await idOf(c)
    const operation = id ? await operations.record(instance, id) : (await operations.history(instance, 1))[0]
    return operation ?? refuse(404, `The instance has no operation ${id ?? ''}.`)
  }

  /** Only the broker's own backend knows versions. */
  async function currentState(stack: string) {
    if (states.kind === 'http') return (await backend.versions(stack))[0] ?? null
    const state = await states.read(stack)
    return state ? { serial: state.serial, lineage: state.lineage } : null
  }

  return (
    new Hono()
      .get('/', query(instancesQuery(catalog)), async (c) => {
        const { after, limit, ...filters } = c.req.valid('query')
        const wanted = filtersOf(filters, catalog)
        const [found, total, paused] = await Promise.all([
          list.page(wanted, limit + 1, after),
          list.count(wanted),
          pause.current(),
        ])
        if (!found)
          refuse(400, `after: there is no instance ${after}, and there was none. Give a guid of the list.`)
        const items = found.slice(0, limit)
        const next = found.length > limit ? (items.at(-1)?.instance.id ?? null) : null
        const instances = items.map((one) => shownInstance(catalog, one, one.check, paused))
        return answer(c, { instances, next, total })
      })

      .get('/:instance', async (c) => {
        const known = await instanceOf(c, operations)
        const { instance } = known
        const [checks, paused] = await Promise.all([records.history(instance.id, recent), pause.current()])
        const tokens = ifReadable(c.get('log'), () => openAuthTokens(keyRing, instance))
        return answer(c, {
          ...shownInstance(catalog, known, checks[0], paused),
          supportWarning: supportWarning(instance.parameters.engineVersion) ?? null,
          /** Since when it has old credentials beside the new ones: ISO 8601. */
          rotatedAt: tokens?.rotatedAt ?? null,
          createdAt: instance.createdAt,
          updatedAt: instance.updatedAt,
          stack: specs.of(instance),
          state: await currentState(instance.stack),
          lock: (await states.lockHolder(instance.stack)) ?? null,
          /** The last ones, newest first; likewise the drift checks. */
          operations: (await operations.history(instance.id, recent)).map((one) => shownRecord(one, paused)),
          drift: checks.map(shownCheck),
        })
      })

      .get('/:instance/operations', query(v.object(pageEntries)), async (c) => {
        const { after, limit } = c.req.valid('query')
        const id = await idOf(c)
        if (after !== undefined && !(await operations.record(id, after)))
          refuse(400, `after: the instance has no operation ${after}.`)
        const found = await operations.history(id, limit + 1, after)
        const items = found.slice(0, limit)
        const next = found.length > limit ? (items.at(-1)?.id ?? null) : null
        const paused = await pause.current()
        return answer(c, { operations: items.map((one) => shownRecord(one, paused)), next })
      })

      /** One operation, and its place in the queue: 0 once it has started. */
      .get('/:instance/operations/:operation', async (c) => {
        const operation = await operationOf(c, c.req.param('operation'))
        const place = await operations.placeInQueue(operation)
        return answer(c, { operation: shownRecord(operation, await pause.current()), place })
      })

      .get('/:instance/log', query(logQuery), async (c) => {
        const { operation: id, after = 0 } = c.req.valid('query')
        const operation = await operationOf(c, id)
        const entries = await operations.log(operation, after)
        return answer(c, { operation: shownRecord(operation), entries })
      })
  )
}
