import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { currentTarget, newInstance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { Attempts } from '../../../broker/operations/attempts.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
beforeAll(async () => {
  database = await openEmbedded()
})
afterAll(() => database?.close())

test('an update that was made of an instance as it is no longer is refused, and one of it as it is now taken', async () => {
  const requests = requestsWithoutJobs(database.db)
  const attempts = new Attempts(database.db, KeyRing.parse(KeyRing.newEntry('key')))
  const ids = { id: 'changed', serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
  const stale = newInstance(ids, { ...anyTarget, updatedAt: new Date(0).toISOString() })
  await requests.cancel(accepted(await requests.create(stale)), 'not of interest')
  const target = { ...currentTarget(stale), planId: 'large', updatedAt: new Date(1000).toISOString() }
  const begun = await attempts.begin(accepted(await requests.update(stale, target)).id)
  if (!begun) throw new Error('not begun')
  await attempts.deployed(begun, { hostname: 'h', port: 6379, password: 'p', engineVersion: '6.2.6' })

  expect(await requests.update(stale, target)).toMatchObject({ outcome: 'changed' })
  const current = await new Instances(database.db).find('changed')
  if (!current) throw new Error('it has gone')
  expect(await requests.update(current, currentTarget(current))).toMatchObject({ outcome: 'accepted' })
})
