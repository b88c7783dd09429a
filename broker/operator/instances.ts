import { Hono } from 'hono'
import type { StateBackend } from '../../state-backend/index.ts'
import type { DriftCheck, DriftRecords } from '../drift/records.ts'
import { named } from '../drift/report.ts'
import type { Instances, KnownInstance } from '../instances/instances.ts'
import type { Operation } from '../instances/operation.ts'
import { type StackContext, stackSpecOf } from '../provisioner/stack-spec.ts'
import type { States } from '../states/states.ts'
import { instanceOf, refuse } from './requests.ts'

/** How many operations and drift checks `show` gives. */
const recent = 10

export interface InstancesOptions {
  instances: Instances
  records: DriftRecords
  states: States
  backend: StateBackend
  stackContext: StackContext
  /** Who asks, for the log and for what users are told. */
  operator: string
}

/** The instances, to be mounted at `/operator/instances`. */
export function instancesApp({
  instances,
  records,
  states,
  stackContext,
  operator,
  backend,
}: InstancesOptions): Hono {
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
      createdAt: instance.createdAt,
      updatedAt: instance.updatedAt,
      stack: stackSpecOf(stackContext, instance),
      state: await currentState(instance.stack),
      lock: (await states.lockHolder(instance.stack)) ?? null,
      operations: (await instances.history(instance.id, recent)).map(shownOperation),
      drift: checks.map(shownCheck),
    })
  })

  /** Also of an instance that is gone, by its id. */
  app.get('/:instance/operations', async (c) => {
    const word = c.req.param('instance')
    const isId = (await instances.history(word, 1)).length > 0
    const id = isId ? word : (await instanceOf(c, instances)).instance.id
    return c.json({ operations: (await instances.history(id, 100)).map(shownOperation) })
  })

  /** Begins an operation that failed once more. */
  app.post('/:instance/retry', async (c) => {
    const { operation } = await instanceOf(c, instances)
    if (operation.state === 'in progress') refuse(409, `The ${operation.type} is in progress.`)
    if (operation.state === 'succeeded') refuse(409, `The last operation, a ${operation.type}, succeeded.`)
    const begun = await instances.repeat(operation)
    if (!begun) refuse(409, 'Another operation has begun in the meantime.')
    return c.json({ operation: shownOperation(begun) }, 202)
  })

  /** Ends the operation in progress as failed; what it runs is stopped in order. */
  app.post('/:instance/cancel', async (c) => {
    const { operation } = await instanceOf(c, instances)
    const cancelled = await instances.cancel(operation, `Stopped by ${operator}.`)
    if (!cancelled) refuse(409, 'No operation is in progress.')
    return c.json({ operation: shownOperation({ ...operation, state: 'failed' }) })
  })

  /** Opens a state lock that somebody left. An operation's own lock is not open to this: cancel it. */
  app.post('/:instance/unlock', async (c) => {
    const { instance, operation } = await instanceOf(c, instances)
    const holder = await states.lockHolder(instance.stack)
    if (!holder) refuse(409, 'The state is not locked.')
    if (operation.state === 'in progress' && holder.holder.startsWith('broker operation')) {
      refuse(409, `The lock is held by ${holder.holder}, which is in progress. Cancel it instead.`)
    }
    await states.unlock(instance.stack, operator)
    return c.json({ unlocked: holder })
  })

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

function shownOperation(operation: Operation) {
  const { id, instanceId, type, state, description, detail, attempt, createdAt, startedAt, finishedAt } =
    operation
  return {
    id,
    instance: instanceId,
    type,
    state,
    description,
    detail,
    attempt,
    createdAt,
    startedAt,
    finishedAt,
  }
}

function shownCheck({ state, findings, message, checkedAt, durationMilliseconds }: DriftCheck) {
  return { state, findings, message, checkedAt, durationMilliseconds }
}
