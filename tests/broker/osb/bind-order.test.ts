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

test('a binding that has nothing to be answered with is refused, and not saved', async () => {
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
      snapshots: { of: async () => [], meant: async () => [] },
      retag: async () => {},
    },
    settings.broker,
    log,
  )

  // Its creation was stopped, and an operator's update of it is in progress.
  const instance = newInstance(
    { id: 'instance', serviceId, organizationGuid: 'o', spaceGuid: 's' },
    { ...anyTarget, planId: plans['redis-dev'] },
  )
  await requests.cancel(accepted(await requests.create(instance)), 'stopped')
  await requests.update(instance, currentTarget(instance))

  const answer = await app.request('/service_instances/instance/service_bindings/key', {
    method: 'PUT',
    headers: {
      Authorization: `Basic ${btoa('broker:broker')}`,
      'X-Broker-API-Version': '2.17',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ service_id: serviceId, plan_id: plans['redis-dev'] }),
  })
  expect(answer.status).toBe(404)
  expect(await bindings.find('instance', 'key')).toBeUndefined()
})
