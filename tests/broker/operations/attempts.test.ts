import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { AttemptIsOver, Attempts, type Begun } from '../../../broker/operations/attempts.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
let attempts: Attempts
beforeAll(async () => {
  database = await openEmbedded()
  attempts = new Attempts(database.db, KeyRing.parse(KeyRing.newEntry('key')))
})
afterAll(() => database?.close())

const outputs = { hostname: 'h', port: 6379, password: 'p', engineVersion: '6.2.6' }

async function creationOf(id: string) {
  const instance = newInstance({ id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }, anyTarget)
  return accepted(await requestsWithoutJobs(database.db).create(instance))
}

async function begin(operationId: string): Promise<Begun> {
  const begun = await attempts.begin(operationId)
  if (!begun) throw new Error('not begun')
  return begun
}

/** Everything that an attempt saves. */
const writes: [string, (begun: Begun) => Promise<unknown>][] = [
  ['phase', ({ operation }) => attempts.phase(operation, 'at work')],
  ['tokens', (begun) => attempts.saveTokens(begun, { current: { generation: 1, value: 'x' } })],
  ['deployment', (begun) => attempts.deployed(begun, outputs)],
  ['success', (begun) => attempts.succeeded(begun)],
  ['deletion', (begun) => attempts.deleted(begun)],
  ['failure', (begun) => attempts.failed(begun, { description: 'failed', detail: '' })],
  ['next try', (begun) => attempts.postponed(begun, { description: 'failed', detail: '' }, async () => {})],
]

test.each(writes)('the %s of an attempt that another has taken over is not saved', async (name, write) => {
  const id = `taken over, ${name}`
  const creation = await creationOf(id)
  const first = await begin(creation.id)
  const second = await begin(creation.id)
  const before = await new Operations(database.db).status(id)
  await expect(write(first)).rejects.toThrow(AttemptIsOver)
  expect(await new Operations(database.db).status(id)).toEqual(before)
  await write(second)
})

test.each(writes)('the %s of an attempt whose operation was ended is not saved', async (name, write) => {
  const id = `ended, ${name}`
  const creation = await creationOf(id)
  const begun = await begin(creation.id)
  await requestsWithoutJobs(database.db).cancel(creation, 'stopped by an operator')
  const before = await new Operations(database.db).status(id)
  await expect(write(begun)).rejects.toThrow(AttemptIsOver)
  expect(await new Operations(database.db).status(id)).toEqual(before)
  expect(before).toMatchObject({ operation: { state: 'failed', description: 'stopped by an operator' } })
})

test('a deploy makes the instance what was asked for, but for the version that runs, and ends that it is missing', async () => {
  const creation = await creationOf('deployed')
  await changeInstance(database.db, 'deployed', { missingSince: new Date(0) })
  const target = { planId: 'other', context: { instance_name: 'new' }, maintenanceVersion: '2.0.0' }
  const begun = await begin(creation.id)
  const operation = { ...begun.operation, target: { ...begun.operation.target, ...target } }
  await attempts.deployed({ ...begun, operation }, { ...outputs, engineVersion: '7.0.7' })
  const { instance } = (await new Operations(database.db).status('deployed')) ?? {}
  expect(instance).toMatchObject({ ...target, parameters: { engineVersion: '7.0' }, missingSince: null })
})

test('tokens count on from those that were encrypted anew while the attempt ran', async () => {
  const begun = await begin((await creationOf('anew')).id)
  await attempts.saveTokens(begun, { current: { generation: 1, value: 'x' } })
  await attempts.saveTokens(begun, { current: { generation: 2, value: 'y' } })
  const { instance } = (await new Operations(database.db).status('anew')) ?? {}
  expect(instance?.authTokensGeneration).toBe(2)
})
