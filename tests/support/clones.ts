import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Database } from '../../broker/database/database.ts'
import { openAuthTokens, sealAuthTokens } from '../../broker/instances/auth-tokens.ts'
import { openOutputs, sealOutputs } from '../../broker/instances/outputs.ts'
import { instances } from '../../broker/instances/tables.ts'
import { operations } from '../../broker/operations/tables.ts'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { TestBroker } from './broker.ts'
import { makeGroup } from './groups.ts'
import { clientOf } from './state-client.ts'

/** A broker, the database that it works on, and the key ring of its STATE_KEYS. */
export interface Site {
  broker: TestBroker
  db: Database
  keyRing: KeyRing
}

/**
 * Many more instances like one that the broker has created, without its deploys: each has a group and a state of
 * its own, and the records of an instance whose creation has succeeded.
 * @returns their ids
 */
export async function cloneInstance(site: Site, original: string, count: number): Promise<string[]> {
  const { broker } = site
  const state = await (await stateOf(broker, original).get()).text()
  const clones = Array.from({ length: count }, () => randomUUID())

  await someAtOnce(clones, (clone) => {
    const { attributes } = JSON.parse(state.replaceAll(original, clone)).resources[0].instances[0]
    return makeGroup(broker, attributes.id, attributes.tags_all, {
      replicationGroupDescription: attributes.description,
      engineVersion: attributes.engine_version,
      port: attributes.port,
      securityGroupIds: attributes.security_group_ids,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      authToken: attributes.auth_token,
      autoMinorVersionUpgrade: attributes.auto_minor_version_upgrade === 'true',
      snapshotWindow: attributes.snapshot_window,
      snapshotRetentionLimit: attributes.snapshot_retention_limit,
      preferredMaintenanceWindow: attributes.maintenance_window,
    })
  })

  const addresses = await addressesOf(broker)
  const addressOf = (id: string) => addresses.get(`cf-${id}`) as string
  await someAtOnce(clones, async (clone) => {
    const cloned = state.replaceAll(original, clone).replaceAll(addressOf(original), addressOf(clone))
    const body = JSON.stringify({ ...JSON.parse(cloned), lineage: randomUUID() })
    const { status } = await stateOf(broker, clone).write(new TextEncoder().encode(body))
    if (status !== 200) throw new Error(`The state of ${clone} was not taken: ${status}.`)
    await saveRecords(site, original, clone, addressOf(clone))
  })
  return clones
}

function stateOf(broker: TestBroker, id: string) {
  const overHttp = {
    request: (path: string, init?: RequestInit) => fetch(`${broker.url}/state${path}`, init),
  }
  return clientOf(overHttp, id, { username: 'operator', password: 'operator' })
}

/** By the ids of the groups. */
async function addressesOf(broker: TestBroker) {
  const groups = await broker.aws((aws) => aws.listReplicationGroups())
  return new Map(groups.map((group) => [group.replicationGroupId, group.primaryEndpoint?.address]))
}

/** With the original's times: tags tell them. */
async function saveRecords({ db, keyRing }: Site, original: string, id: string, hostname: string) {
  const [instance] = await db.select().from(instances).where(eq(instances.id, original))
  const [creation] = await db.select().from(operations).where(eq(operations.instanceId, original))
  const outputs = instance && openOutputs(keyRing, instance)
  if (!outputs || !creation) throw new Error(`${original} was never created to the end.`)
  const clone = { ...instance, id, stack: id }
  await db.insert(instances).values({
    ...clone,
    ...sealOutputs(keyRing, clone, { ...outputs, hostname }),
    ...sealAuthTokens(keyRing, clone, openAuthTokens(keyRing, instance)),
  })
  const { number: _, ...ofCreation } = creation
  await db.insert(operations).values({ ...ofCreation, id: randomUUID(), instanceId: id })
}

/** Each of them is as much work for other processes as for this one. */
async function someAtOnce(ids: string[], work: (id: string) => Promise<void>): Promise<void> {
  const rest = ids.values()
  const worker = async () => {
    for (const id of rest) await work(id)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}
