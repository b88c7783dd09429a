import { afterAll, beforeAll, expect, test } from 'vitest'
import { maintenanceVersion } from '../../../broker/catalog/catalog.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { Records } from '../../support/records.ts'
import { Api } from './api.ts'

let records: Records
let api: Api
beforeAll(async () => {
  records = await Records.open()
  api = await Api.open({}, records)
})
afterAll(() => api?.close())

const snapshot = { parameters: { createSnapshot: 'friday' } }

test('new names beside a snapshot are saved', async () => {
  await api.created('renamed')
  const context = { platform: 'cloudfoundry', instance_name: 'new' }
  expect(await api.update('renamed', { ...snapshot, context })).toMatchObject({ status: 202 })
  expect(await records.instance('renamed')).toMatchObject({ context })
  expect(await records.operations.last('renamed')).toMatchObject({
    target: { context, snapshot: { name: 'friday' } },
  })
  // The same once more.
  expect(await api.update('renamed', { ...snapshot, context })).toMatchObject({ status: 202 })
})

test('an upgrade beside a snapshot is refused, and not where there is nothing to upgrade', async () => {
  await api.created('old')
  const both = { ...snapshot, maintenance_info: { version: maintenanceVersion } }
  await changeInstance(records.db, 'old', { maintenanceVersion: '0.0.1' })
  expect(await api.update('old', both)).toMatchObject({
    status: 400,
    body: { description: expect.stringContaining('without another plan or an upgrade') },
  })
  await changeInstance(records.db, 'old', { maintenanceVersion })
  expect(await api.update('old', both)).toMatchObject({ status: 202 })
})
