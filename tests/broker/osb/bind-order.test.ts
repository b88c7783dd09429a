import { expect, onTestFinished, test } from 'vitest'
import { loadCatalog, serviceId } from '../../../broker/catalog/catalog.ts'
import { Bindings } from '../../../broker/instances/bindings.ts'
import { currentTarget, newInstance } from '../../../broker/instances/instance.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { osbApp } from '../../../broker/osb/app.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { plans } from '../../support/broker.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

/** The API on an instance whose creation is in progress, with a way to bind it. */
async function creating() {
  const log = createLog('silent')
  const database = await openEmbedded()
  onTestFinished(database.close)
  const requests = requestsWithoutJobs(database.db)
  const bindings = new Bindings(database.db)
  const settings = readSettings({})
  const app = osbApp(
    {
      catalog: loadCatalog(settings),
      operations: new Operations(database.db),
      requests,
      changes: new ChangesAtRest(database.db),
      bindings,
      pause: { current: async () => undefined },
      keyRing: KeyRing.parse(KeyRing.newEntry('key')),
      caCertificate: undefined,
      snapshots: { of: async () => [], matching: async () => [] },
      retag: async () => {},
    },
    settings.broker,
    log,
  )

  const instance = newInstance(
    { id: 'instance', serviceId, organizationGuid: 'o', spaceGuid: 's' },
    { ...anyTarget, planId: plans['redis-dev'] },
  )
  const creation = accepted(await requests.create(instance))
  const bind = () =>
    app.request('/service_instances/instance/service_bindings/key', {
      method: 'PUT',
      headers: {
        Authorization: `Basic ${btoa('broker:broker')}`,
        'X-Broker-API-Version': '2.17',
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ service_id: serviceId, plan_id: plans['redis-dev'] }),
    })
  return { instance, creation, requests, bind, saved: () => bindings.find('instance', 'key') }
}

test('a binding that has nothing to be answered with is refused, and not saved', async () => {
  const { instance, creation, requests, bind, saved } = await creating()
  // An operator's update of it is in progress.
  await requests.cancel(creation, 'stopped')
  await requests.update(instance, currentTarget(instance))
  expect((await bind()).status).toBe(404)
  expect(await saved()).toBeUndefined()
})

test('a binding of an instance that is being created is refused as too early, and not saved', async () => {
  const { bind, saved } = await creating()
  const answer = await bind()
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ error: 'ConcurrencyError' })
  expect(await saved()).toBeUndefined()
})
