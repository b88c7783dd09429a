import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instanceBody, plans, TestBroker } from '../../support/broker.ts'
import { makeGroup } from '../../support/groups.ts'

const key = (name: string) => `arn:aws:kms:us-east-1:123456789012:key/${name}`

/** The broker as it was started last, always on the same data. */
let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ KMS_KEY_ID: key('first') })
})
afterAll(() => broker?.remove())

/** The keys of the groups on AWS. */
async function keys(): Promise<Record<string, string | undefined>> {
  const groups = await broker.aws((aws) => aws.listReplicationGroups())
  return Object.fromEntries(groups.map(({ replicationGroupId, kmsKeyId }) => [replicationGroupId, kmsKeyId]))
}

async function updated(id: string): Promise<void> {
  await broker.update(id, { parameters: { engineVersion: '7.0' } })
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
}

async function adopted(group: string, id: string): Promise<void> {
  const { organization_guid: organization, space_guid: space } = instanceBody()
  const body = { group, instance: id, plan: plans['redis-dev'], engineVersion: '6.2', organization, space }
  const { status } = await broker.request('POST', '/operator/adoptions', { body, login: 'operator:operator' })
  expect(status).toBe(202)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
}

/** A plan's findings of an instance. */
async function drift(id: string): Promise<string> {
  const { body } = await broker.request('POST', '/operator/drift', {
    body: { instances: [id] },
    login: 'operator:operator',
  })
  const events: { type: string; state?: string }[] = body
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  return events.find(({ type }) => type === 'checked')?.state ?? 'not checked'
}

const encrypted = {
  atRestEncryptionEnabled: true,
  transitEncryptionEnabled: true,
  engineVersion: '6.2',
  authToken: 'x'.repeat(32),
}

test('a group keeps the KMS key of its creation, or has none, whatever the setting says', async () => {
  const [created, legacy] = [randomUUID(), randomUUID()]
  await makeGroup(broker, 'legacy', {}, encrypted)
  await Promise.all([broker.created(created), adopted('legacy', legacy)])
  await broker.stop()
  broker = await TestBroker.start({ DATA_DIR: broker.dataDirectory, KMS_KEY_ID: key('second') })

  await updated(created)
  expect(await drift(legacy)).toBe('clean')
  expect(await keys()).toEqual({ legacy: undefined, [`cf-${created}`]: key('first') })
})
