import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { instances as instanceTable } from '../../../broker/instances/tables.ts'
import { usageApp } from '../../../broker/operator/usage.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { type PlanName, plans } from '../../support/broker.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
let instances: Instances
beforeAll(async () => {
  database = await openEmbedded()
  instances = new Instances(database.db)
})
afterAll(() => database?.close())

async function create(id: string, plan: PlanName, organization: string, organizationName?: string) {
  await requestsWithoutJobs(database.db).create(
    newInstance(
      { id, serviceId: 's', organizationGuid: organization, spaceGuid: 'space' },
      {
        ...anyTarget,
        planId: plans[plan],
        context: organizationName ? { organization_name: organizationName } : {},
      },
    ),
  )
}

/** As the end of a first deploy leaves it. */
async function created(...given: Parameters<typeof create>) {
  await create(...given)
  await database.db
    .update(instanceTable)
    .set({ outputs: new Uint8Array([1]) })
    .where(eq(instanceTable.id, given[0]))
}

test('an organization pays for each block that its nodes have begun, over all plans', async () => {
  await created('a', 'redis-5node', 'acme', 'Acme')
  await created('b', 'redis-5node-large', 'acme')
  await created('c', 'redis-3node', 'other', 'Other')
  await create('never-came-to-be', 'redis-5node', 'acme')
  const usage = async () => (await usageApp(instances, loadCatalog(readSettings({}))).request('/')).json()
  const free = { blocks: 0, dollarsPerMonth: 0 }
  const acme = { organizationGuid: 'acme', organization: 'Acme' }
  const other = { organizationGuid: 'other', organization: 'Other', instances: 1, nodes: 3, ...free }
  expect(await usage()).toEqual({ organizations: [{ ...acme, instances: 2, nodes: 10, ...free }, other] })

  await created('d', 'redis-dev', 'acme')
  expect(await usage()).toEqual({
    organizations: [{ ...acme, instances: 3, nodes: 11, blocks: 1, dollarsPerMonth: 200 }, other],
  })
})
