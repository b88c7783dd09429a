import { type Context, Hono } from 'hono'
import type { StateBackend } from '../../state-backend/index.ts'
import { supportWarning } from '../catalog/engine-versions.ts'
import { isStorable } from '../database/storable.ts'
import type { DriftCheck, DriftRecords } from '../drift/records.ts'
import { named } from '../drift/report.ts'
import type { Instances, KnownInstance } from '../instances/instances.ts'
import type { Operation } from '../instances/operation.ts'
import { type StackContext, stackSpecOf } from '../provisioner/stack-spec.ts'
import type { States } from '../states/states.ts'
import { instanceOf, refuse } from './requests.ts'
import { shownCheck, shownOperation } from './shown.ts'

/** How many operations and drift checks `show` gives. */
const recent = 10

/** How many operations an instance's history goes back. */
const longHistory = 100

export interface InstancesOptions {
  instances: Instances
  records: DriftRecords
  states: States
  backend: StateBackend
  stackContext: StackContext
}

/** Looks at instances, to be mounted at `/operator/instances`. */
export function instancesApp({ instances, records, states, stackContext, backend }: InstancesOptions): Hono {
  const app = new Hono()

  /** Filters, all of them optional: name, space, organization, plan, drift, operation. */
  app.get('/', async (c) => {
    const checks = await records.latestOfAll()
    const rows = (await instances.known()).map((known) => row(known, checks.get(known.instance.id)))
    const filters = Object.entries(c.req.query())
    return c.json({
      instances: rows.filter((one) => filters.every(([key, value]) => matches(one, key, value))),
    })
  })

  app.get('/:instance', async (c) => {
    const known = await instanceOf(c, instances)
    const { instance } = known
    const checks = await records.history(instance.id, recent)
    return c.json({
      ...row(known, checks[0]),
      supportWarning: supportWarning(instance.parameters.engineVersion) ?? null,
      createdAt: instance.createdAt,
      updatedAt: instance.updatedAt,
      stack: stackSpecOf(stackContext, instance),
      state: await currentState(instance.stack),
      lock: (await states.lockHolder(instance.stack)) ?? null,
      operations: (await instances.history(instance.id, recent)).map(shownOperation),
      drift: checks.map(shownCheck),
    })
  })

  app.get('/:instance/operations', async (c) => {
    return c.json({ operations: (await history(c)).map(shownOperation) })
  })

  /** Of the last operation, or of the one that `?operation=` asks for. */
  app.get('/:instance/log', async (c) => {
    const id = c.req.query('operation')
    const all = await history(c)
    const operation = id ? all.find((one) => one.id === id) : all[0]
    if (!operation) refuse(404, `The instance has no operation ${id ?? ''}.`)
    return c.json({ operation: shownOperation(operation), entries: await instances.log(operation) })
  })

  /** Also of an instance that is gone, by its id. */
  async function history(c: Context): Promise<Operation[]> {
    const word = c.req.param('instance') ?? ''
    const isId = isStorable(word) && (await instances.history(word, 1)).length > 0
    const id = isId ? word : (await instanceOf(c, instances)).instance.id
    return instances.history(id, longHistory)
  }

  /** Only the broker's own backend knows versions. */
  async function currentState(stack: string) {
    if (states.kind === 'http') return (await backend.versions(stack))[0] ?? null
    const state = await states.read(stack)
    return state ? { serial: state.serial, lineage: state.lineage } : null
  }

  function row(known: KnownInstance, check: DriftCheck | undefined) {
    const { instance, operation } = known
    return {
      ...named(instance),
      spaceGuid: instance.spaceGuid,
      organizationGuid: instance.organizationGuid,
      plan: stackContext.catalog.plan(instance.planId)?.name ?? instance.planId,
      engineVersion: instance.parameters.engineVersion,
      operation: shownOperation(operation),
      driftState: check?.state ?? 'unchecked',
      driftCheckedAt: check?.checkedAt ?? null,
    }
  }

  type Row = ReturnType<typeof row>

  function matches(one: Row, key: string, value: string): boolean {
    switch (key) {
      case 'name':
        return one.name === value
      case 'space':
        return one.space === value || one.spaceGuid === value
      case 'organization':
        return one.organization === value || one.organizationGuid === value
      case 'plan':
        return one.plan === value
      case 'drift':
        return one.driftState === value
      case 'operation':
        return one.operation.state === value || one.operation.type === value
      default:
        return refuse(400, `There is no filter ${key}: name, space, organization, plan, drift, operation.`)
    }
  }

  return app
}
