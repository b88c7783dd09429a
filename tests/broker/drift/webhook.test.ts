import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { DriftWebhook } from '../../../broker/drift/webhook.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { Jobs } from '../../../broker/jobs/jobs.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { anyTarget } from '../../support/target.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

const log = createLog('silent')
const secret = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=='

const instanceOf = (id: string) =>
  newInstance(
    { id, serviceId: 'service', organizationGuid: 'organization', spaceGuid: 'space' },
    { ...anyTarget, context: { instance_name: `name of ${id}` }, updatedAt: new Date(0).toISOString() },
  )

function checkOf(instanceId: string, second: number) {
  return {
    id: randomUUID(),
    instanceId,
    state: 'drifted' as const,
    findings: [],
    message: null,
    checkedAt: new Date(second * 1000),
    durationMilliseconds: 1,
    planned: true,
  }
}

async function startReceiver(): Promise<WebhookReceiver> {
  const receiver = await WebhookReceiver.start()
  onTestFinished(() => receiver.stop())
  return receiver
}

/** A process of the broker, as far as it tells a receiver. */
async function startTeller(database: OpenDatabase, url: string) {
  const jobs = new Jobs(database, log)
  await jobs.start()
  const settings = { DRIFT_WEBHOOK_URL: url, DRIFT_WEBHOOK_SECRET: secret }
  const webhook = new DriftWebhook({ settings, jobs, log })
  await webhook.start()
  return {
    webhook,
    async stop() {
      await webhook.stop()
      await jobs.stop()
    },
  }
}

const checksTold = ({ calls }: WebhookReceiver) => calls.map(({ text }) => JSON.parse(text))

test('what is found while receiver and broker are down is told after all, each instance in its order', async () => {
  const database = await openEmbedded()
  onTestFinished(() => database.close())
  const nobody = await startTeller(database, 'http://127.0.0.1:9/')
  for (let second = 0; second < 5; second++) {
    for (const id of ['a', 'b']) {
      await nobody.webhook.announce(database.db, instanceOf(id), checkOf(id, second))
    }
  }
  await nobody.stop()

  const receiver = await startReceiver()
  receiver.statuses.push(500, 200, 503)
  const teller = await startTeller(database, receiver.url)
  onTestFinished(() => teller.stop())
  const seconds = (id: string) => {
    const told = checksTold(receiver).filter(({ data }) => data.instance === id)
    return [...new Map(told.map(({ data, timestamp }) => [data.id, Date.parse(timestamp) / 1000])).values()]
  }
  await vi.waitFor(
    () => {
      expect(seconds('a')).toEqual([0, 1, 2, 3, 4])
      expect(seconds('b')).toEqual([0, 1, 2, 3, 4])
    },
    { timeout: 60_000, interval: 200 },
  )
})

test('a receiver knows the message by its id again, and verifies it with the library of the convention', async () => {
  const database = await openEmbedded()
  onTestFinished(() => database.close())
  const receiver = await startReceiver()
  receiver.statuses.push(500)
  const teller = await startTeller(database, receiver.url)
  onTestFinished(() => teller.stop())
  const check = checkOf('a', 1)
  await teller.webhook.announce(database.db, instanceOf('a'), check)

  await vi.waitFor(() => expect(receiver.calls).toHaveLength(2), { timeout: 30_000, interval: 100 })
  for (const { headers, text } of receiver.calls) {
    expect(headers['webhook-id']).toBe(check.id)
    expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toMatchObject({
      type: 'drift.changed',
      data: { instance: 'a', name: 'name of a', state: 'drifted' },
    })
    const forged = text.replace('drifted', 'clean')
    expect(() => new Webhook(secret).verify(forged, headers as Record<string, string>)).toThrow()
  }
})

test('what a transaction saves that fails is not told', async () => {
  const database = await openEmbedded()
  onTestFinished(() => database.close())
  const receiver = await startReceiver()
  const teller = await startTeller(database, receiver.url)
  onTestFinished(() => teller.stop())
  const failing = database.db.transaction(async (tx) => {
    await teller.webhook.announce(tx, instanceOf('a'), checkOf('a', 1))
    throw new Error('it fails')
  })
  await expect(failing).rejects.toThrow('it fails')
  await teller.webhook.announce(database.db, instanceOf('b'), checkOf('b', 1))
  await vi.waitFor(() => expect(receiver.calls).toHaveLength(1), { timeout: 30_000, interval: 100 })
  expect(checksTold(receiver).map(({ data }) => data.instance)).toEqual(['b'])
})
