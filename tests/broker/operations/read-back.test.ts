import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Catalog } from '../../../broker/catalog/catalog.ts'
import { openAuthTokens, sealAuthTokens } from '../../../broker/instances/auth-tokens.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { ReadBack } from '../../../broker/operations/read-back.ts'
import type { Observation } from '../../../broker/provisioner/provisioner.ts'
import { Records } from '../../support/records.ts'

let records: Records
beforeAll(async () => {
  records = await Records.open()
})
afterAll(() => records?.close())

const plans: Record<string, object> = {
  plan: { nodes: 1, nodeType: 'small' },
  more: { nodes: 3, nodeType: 'small' },
  'more and larger': { nodes: 3, nodeType: 'large' },
}

/** Sees a group as AWS is said to have it. @param meanwhile what is done while AWS answers */
function seeing(seen: Partial<Observation> | 'busy' | 'gone', meanwhile = async () => {}): ReadBack {
  const before = { engineVersion: '6.2' as const, nodes: 1, nodeType: 'small', tokenChangedAt: null }
  return new ReadBack({
    operations: records.operations,
    changes: new ChangesAtRest(records.db),
    provisioner: {
      async observe() {
        await meanwhile()
        return typeof seen === 'string' ? seen : { ...before, ...seen }
      },
    },
    catalog: { plan: (id: string) => plans[id] } as Catalog,
    keyRing: records.keyRing,
    log: createLog('silent'),
  })
}

/** An instance whose update to a plan has begun and failed. */
async function failedUpdate(id: string, planId: string) {
  await records.created(id)
  const operation = await records.update(id, { planId })
  await records.attempts.failed(await records.begun(operation), { description: 'failed', detail: '' })
  return operation
}

test.each<[string, Partial<Observation>, string]>([
  ['more', { nodes: 3 }, 'more'],
  ['more', {}, 'plan'],
  ['more and larger', { nodes: 3, nodeType: 'large' }, 'more and larger'],
  ['more and larger', { nodes: 3 }, 'plan'],
  ['more and larger', { nodeType: 'large' }, 'plan'],
])(
  'after a failed update to the plan "%s" that AWS has as %j the instance is on "%s"',
  async (to, seen, on) => {
    const id = `${to} ${JSON.stringify(seen)}`
    expect(await seeing(seen).afterFailure(await failedUpdate(id, to))).toBe(true)
    expect((await records.instance(id)).planId).toBe(on)
  },
)

test('a version that AWS has gone to is taken over, an older one is not', async () => {
  const instance = await records.created('version')
  expect(await seeing({ engineVersion: '5.0.6' }).of(instance)).toBe(false)
  expect(await seeing({ engineVersion: '7.0' }).of(instance)).toBe(true)
  expect((await records.instance('version')).parameters).toEqual({ engineVersion: '7.0' })
})

test('a new token that AWS has taken is that of the instance', async () => {
  const instance = await records.created('token')
  const token = { generation: 2, value: 'the-new-one' }
  const change = { step: 'a', strategy: 'ROTATE' as const, before: null, requestedAt: '2026-01-01T00:00:00Z' }
  const pending = { ...change, token }
  const current = { generation: 1, value: 'the-first' }
  const sealed = sealAuthTokens(records.keyRing, instance, { current, pending })
  await changeInstance(records.db, 'token', sealed)
  const tokens = async () => openAuthTokens(records.keyRing, await records.instance('token'))

  expect(await seeing({}).of(await records.instance('token'))).toBe(false)
  expect(await tokens()).toEqual({ current, pending })
  expect(await seeing({ tokenChangedAt: '2026-01-02T00:00:00Z' }).of(await records.instance('token'))).toBe(
    true,
  )
  expect(await tokens()).toMatchObject({ current: token, previous: current })
})

test('while AWS is busy with the group it is to be looked at again, and not when it is gone', async () => {
  const operation = await failedUpdate('busy', 'more')
  expect(await seeing('busy').afterFailure(operation)).toBe(false)
  expect(await seeing('gone').afterFailure(operation)).toBe(true)
  expect((await records.instance('busy')).planId).toBe('plan')
})

test('after a failed update whose instance was renamed meanwhile it is to be looked at again', async () => {
  const operation = await failedUpdate('renamed', 'more')
  const renaming = seeing({ nodes: 3 }, async () => {
    const instance = await records.instance('renamed')
    await new ChangesAtRest(records.db).rename(instance, { instance_name: 'new' })
  })
  expect(await renaming.afterFailure(operation)).toBe(false)
  expect(await seeing({ nodes: 3 }).afterFailure(operation)).toBe(true)
  expect(await records.instance('renamed')).toMatchObject({
    planId: 'more',
    context: { instance_name: 'new' },
  })
})

test('after a later operation nothing is left to look at', async () => {
  const operation = await failedUpdate('later', 'more')
  await records.requests.cancel(await records.update('later'), 'not of interest')
  expect(await seeing({ nodes: 3 }).afterFailure(operation)).toBe(true)
  expect((await records.instance('later')).planId).toBe('plan')
})
