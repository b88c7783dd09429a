import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maintenanceVersion } from '../../../broker/catalog/catalog.ts'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { operations } from '../../../broker/operations/tables.ts'
import { actionsApp } from '../../../broker/operator/actions.ts'
import { namingOf } from '../../../broker/provisioner/naming.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
beforeAll(async () => {
  database = await openEmbedded()
})
afterAll(() => database?.close())

/** An instance of that stack, whose creation has ended so. */
async function instanceOf(id: string, version: string, state: 'succeeded' | 'failed') {
  const target = { ...anyTarget, maintenanceVersion: version }
  const instance = newInstance({ id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }, target)
  await requestsWithoutJobs(database.db).create(instance)
  await database.db.update(operations).set({ state }).where(eq(operations.instanceId, id))
}

async function upgrade(id: string) {
  const app = actionsApp({
    operations: new Operations(database.db),
    requests: requestsWithoutJobs(database.db),
    states: { lockHolder: async () => undefined, unlock: async () => false },
    naming: namingOf(readSettings({})),
    keyRing: KeyRing.parse(KeyRing.newEntry('key')),
    operator: 'operator',
  })
  const response = await app.request(`/${id}/upgrade`, { method: 'POST' })
  return { status: response.status, text: await response.text() }
}

test('an instance of an older stack gets an update to the newest one, and nothing else changes', async () => {
  await instanceOf('older', '0.0.1', 'succeeded')
  expect(await upgrade('older')).toMatchObject({ status: 202 })
  const begun = await new Operations(database.db).last('older')
  expect(begun).toMatchObject({ type: 'update', state: 'in progress' })
  expect(begun?.target).toEqual({ ...anyTarget, maintenanceVersion, updatedAt: expect.any(String) })
})

test.each([
  ['newest', maintenanceVersion, 'succeeded', `It has the stack ${maintenanceVersion} already.`],
  ['broken', '0.0.1', 'failed', 'The last operation (provision) failed. Retry it first.'],
] as const)('one that is %s is left as it is, and says why', async (id, version, state, message) => {
  await instanceOf(id, version, state)
  expect(await upgrade(id)).toEqual({ status: 409, text: message })
})
