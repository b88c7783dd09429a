import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { DriftRecords } from '../../../broker/drift/records.ts'
import { requestLog } from '../../../broker/http/request-log.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { Pause } from '../../../broker/operations/pause.ts'
import { type InstancesOptions, instancesApp } from '../../../broker/operator/instances.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { Records } from '../../support/records.ts'
import { stackSpec } from '../../support/stack-spec.ts'

test('an instance whose credentials do not open is shown', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  await records.created('sealed')
  await changeInstance(records.db, 'sealed', { outputsGeneration: 99 })
  const options = {
    operations: records.operations,
    records: new DriftRecords(records.db),
    states: { kind: 'pg', read: async () => undefined, lockHolder: async () => undefined },
    specs: { of: () => stackSpec },
    catalog: loadCatalog(readSettings({})),
    keyRing: records.keyRing,
    pause: new Pause(records.db),
  } as unknown as InstancesOptions
  const app = new Hono().use(requestLog(createLog('silent'))).route('/', instancesApp(options))
  const answer = await app.request('/sealed')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ instance: 'sealed', rotatedAt: null })
})
