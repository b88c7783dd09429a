import { expect, onTestFinished, test } from 'vitest'
import { DriftRecords } from '../../../broker/drift/records.ts'
import { driftChecks } from '../../../broker/drift/tables.ts'
import { tellWebhook } from '../../../broker/drift/webhook.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { instances as instanceTable } from '../../../broker/instances/tables.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { anyTarget } from '../../support/target.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

const log = createLog('silent')

const instance = newInstance(
  { id: 'a', serviceId: 'service', organizationGuid: 'organization', spaceGuid: 'space' },
  { ...anyTarget, context: { instance_name: 'sessions' }, updatedAt: new Date(0).toISOString() },
)

test('after a long outage all is told, in bodies that a receiver takes, oldest first', async () => {
  const { db, close } = await openEmbedded()
  onTestFinished(close)
  const webhook = await WebhookReceiver.start()
  onTestFinished(() => webhook.stop())

  const records = new DriftRecords(db)
  const instances = new Instances(db)
  const checks = Array.from({ length: 250 }, (_, index) => ({
    instanceId: instance.id,
    state: 'drifted' as const,
    findings: [],
    checkedAt: new Date(index),
    durationMilliseconds: 1,
    webhookDue: true,
  }))
  await db.insert(instanceTable).values(instance)
  await db.insert(driftChecks).values(checks)

  const receiver = { url: webhook.url, secret: 'secret' }
  await tellWebhook(receiver, records, instances, log, new AbortController().signal)
  const bodies: { name: string; checkedAt: string }[][] = webhook.calls.map(
    ({ text }) => JSON.parse(text).findings,
  )
  expect(bodies.map(({ length }) => length)).toEqual([100, 100, 50])
  expect(bodies.flat().map(({ checkedAt }) => new Date(checkedAt))).toEqual(
    checks.map(({ checkedAt }) => checkedAt),
  )
  expect(bodies[2]?.[0]?.name).toBe('sessions')
  expect(await records.due(1)).toEqual([])
})
