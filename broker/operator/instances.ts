import { type Context, Hono } from 'hono'
import type { RedisStackSpec } from '../../stacks/redis-stack.ts'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { LockHolder, StateBackend, Version } from '../../state-backend/index.ts'
import { isStorable } from '../database/storable.ts'
import { driftStates } from '../drift/finding.ts'
import type { DriftRecords } from '../drift/records.ts'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { supportWarning } from '../model/engine-versions.ts'
import { operationStates, operationTypes } from '../model/operation.ts'
import type { Operation, OperationLogEntry } from '../operations/operation.ts'
import type { Operations } from '../operations/operations.ts'
import { type StackContext, stackSpecOf } from '../provisioner/stack-spec.ts'
import type { States } from '../states/states.ts'
import { instanceOf, refuse } from './requests.ts'
import {
  type ShownCheck,
  type ShownInstance,
  type ShownOperation,
  shownCheck,
  shownInstance,
  shownOperation,
} from './shown.ts'

/** How many operations and drift checks `show` gives. */
const recent = 10

/** How many operations an instance's history goes back. */
const longHistory = 100

export interface InstancesOptions {
  operations: Operations
  records: DriftRecords
  states: States
  backend: StateBackend
  stackContext: StackContext
  /** Opens the stored tokens. */
  keyRing: KeyRing
}

export interface InstancesAnswer {
  instances: ShownInstance[]
}

export interface InstanceAnswer extends ShownInstance {
  supportWarning: string | null
  /** Since when it has old credentials beside the new ones: ISO 8601. */
  rotatedAt: string | null
  createdAt: Date
  updatedAt: Date
  stack: RedisStackSpec
  /** Only the broker's own backend knows versions. */
  state: Version | Pick<Version, 'serial' | 'lineage'> | null
  lock: LockHolder | null
  /** The last ones, newest first; likewise the drift checks. */
  operations: ShownOperation[]
  drift: ShownCheck[]
}

export interface OperationsAnswer {
  operations: ShownOperation[]
}

export interface LogAnswer {
  operation: ShownOperation
  entries: OperationLogEntry[]
}

/** Looks at instances, to be mounted at `/operator/instances`. */
export function instancesApp(options: InstancesOptions): Hono {
  const { operations, records, states, stackContext, backend, keyRing } = options
  const { catalog } = stackContext
  /** What the values of some filters are out of. */
  const words: Record<string, readonly string[]> = {
    plan: catalog.plans.map(({ name }) => name),
    drift: [...driftStates, 'unchecked'],
    operation: [...operationTypes, ...operationStates],
  }
  const app = new Hono()

  /** Filters, all of them optional: name, space, organization, plan, drift, operation. */
  app.get('/', async (c) => {
    const checks = await records.latestOfAll()
    const rows = (await operations.statuses()).map((known) =>
      shownInstance(catalog, known, checks.get(known.instance.id)),
    )
    const filters = Object.entries(c.req.query())
    for (const [key, value] of filters) refuseUnknown(key, value, words)
    return c.json({
      instances: rows.filter((one) => filters.every(([key, value]) => matches(one, key, value))),
    } satisfies InstancesAnswer)
  })

  app.get('/:instance', async (c) => {
    const known = await instanceOf(c, operations)
    const { instance } = known
    const checks = await records.history(instance.id, recent)
    return c.json({
      ...shownInstance(catalog, known, checks[0]),
      supportWarning: supportWarning(instance.parameters.engineVersion) ?? null,
      rotatedAt: openAuthTokens(keyRing, instance).rotatedAt ?? null,
      createdAt: instance.createdAt,
      updatedAt: instance.updatedAt,
      stack: stackSpecOf(stackContext, instance),
      state: await currentState(instance.stack),
      lock: (await states.lockHolder(instance.stack)) ?? null,
      operations: (await operations.history(instance.id, recent)).map(shownOperation),
      drift: checks.map(shownCheck),
    } satisfies InstanceAnswer)
  })

  app.get('/:instance/operations', async (c) => {
    return c.json({ operations: (await history(c)).map(shownOperation) } satisfies OperationsAnswer)
  })

  /** Of the last operation, or of the one that `?operation=` asks for. */
  app.get('/:instance/log', async (c) => {
    const id = c.req.query('operation')
    const all = await history(c)
    const operation = id ? all.find((one) => one.id === id) : all[0]
    if (!operation) refuse(404, `The instance has no operation ${id ?? ''}.`)
    const entries = await operations.log(operation)
    return c.json({ operation: shownOperation(operation), entries } satisfies LogAnswer)
  })

  /** Also of an instance that is gone, by its id. */
  async function history(c: Context): Promise<Operation[]> {
    const word = c.req.param('instance') ?? ''
    const isId = isStorable(word) && (await operations.history(word, 1)).length > 0
    const id = isId ? word : (await instanceOf(c, operations)).instance.id
    return operations.history(id, longHistory)
  }

  async function currentState(stack: string): Promise<InstanceAnswer['state']> {
    if (states.kind === 'http') return (await backend.versions(stack))[0] ?? null
    const state = await states.read(stack)
    return state ? { serial: state.serial, lineage: state.lineage } : null
  }

  return app
}

function refuseUnknown(key: string, value: string, words: Record<string, readonly string[]>): void {
  const known = Object.hasOwn(words, key) ? words[key] : undefined
  if (known && !known.includes(value)) refuse(400, `${key} can't be ${value}: ${known.join(', ')}.`)
}

function matches(one: ShownInstance, key: string, value: string): boolean {
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
