import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { instancePath, TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { finishWaits, groupOf, untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { once } from '../support/once.ts'
import { kill, type ProgramName, programs } from '../support/processes.ts'
import { sharedBroker } from '../support/shared-broker.ts'
import { until } from '../support/until.ts'

const broker = sharedBroker({ OPERATIONS_AT_ONCE: '3', DRIFT_SCHEDULE: 'off' })
afterEach(() => broker().aws((aws) => aws.setBehaviour({})))

/** Nothing of an instance is left anywhere. */
async function expectGone(id: string): Promise<void> {
  expect(await groupOf(broker(), id)).toBeUndefined()
  expect(existsSync(join(broker().dataDirectory, 'work', id))).toBe(false)
  expect((await broker().request('GET', `/state/${id}`, { login: 'operator:operator' })).status).toBe(204)
  expect((await broker().request('GET', instancePath(id))).status).toBe(404)
}

/** Two whose programs were killed while AWS created their groups, by the name of the program. */
const createdInSpite = once(async () => {
  const killed = { cdktf: randomUUID(), terraform: randomUUID() }
  await broker().aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  for (const id of Object.values(killed)) await broker().provision(id)
  for (const id of Object.values(killed)) await untilGroupIs(broker(), id, 'creating')
  for (const [program, id] of Object.entries(killed)) {
    const found = programs(join(broker().dataDirectory, 'work', id), program as ProgramName)
    expect(found.length).toBeGreaterThan(0)
    for (const pid of found) kill(pid)
  }
  await finishWaits(broker())
  for (const id of Object.values(killed)) await succeeds(broker(), id)
  return killed
})

describe('an operation ends well when', () => {
  test('its cdktf or terraform is killed while AWS creates the group', async () => {
    for (const id of Object.values(await createdInSpite())) expect(await serves(broker(), id)).toBe(true)
  })

  test('the broker is killed again and again while it creates one instance, updates a second and deletes a third', async () => {
    const created = randomUUID()
    const { cdktf: updated, terraform: deleted } = await createdInSpite()
    await broker().aws((aws) =>
      aws.setBehaviour({
        creationMilliseconds: 60_000,
        modificationMilliseconds: 60_000,
        deletionMilliseconds: 60_000,
      }),
    )
    await broker().provision(created)
    await broker().update(updated, { parameters: { engineVersion: '7.0' } })
    await broker().deprovision(deleted)
    await untilGroupIs(broker(), created, 'creating')
    await untilGroupIs(broker(), updated, 'modifying')
    await untilGroupIs(broker(), deleted, 'deleting')

    await broker().kill()
    await broker().start()
    const begunAgain = (id: string) =>
      logged(broker(), 'attempt begins').some((line) => line.instance === id && line.attempt === 2)
    await until(() => [created, updated, deleted].every(begunAgain))
    await broker().kill()
    await finishWaits(broker())
    await broker().start()

    await succeeds(broker(), created)
    await succeeds(broker(), updated)
    await succeeds(broker(), deleted)
    expect(await serves(broker(), created)).toBe(true)
    expect(await serves(broker(), updated)).toBe(true)
    expect((await groupOf(broker(), updated))?.engineVersion).toMatch(/^7\.0/)
    await expectGone(deleted)
    expect(programs(broker().dataDirectory)).toEqual([])
  })

  test('its plugin dies before AWS is asked to create the group, or after any call that changes something', async () => {
    const id = randomUUID()
    const die = (call: string, ...points: ('before' | 'after')[]) =>
      broker().aws((aws) => aws.setBehaviour({ deaths: points.map((when) => ({ call, when, times: 1 })) }))

    await die('createReplicationGroup', 'before', 'after')
    await broker().provision(id)
    await succeeds(broker(), id)
    expect(await serves(broker(), id)).toBe(true)

    await die('modifyReplicationGroup', 'after')
    await broker().update(id, { parameters: { engineVersion: '7.0' } })
    await succeeds(broker(), id)
    expect((await groupOf(broker(), id))?.engineVersion).toMatch(/^7\.0/)

    await die('deleteReplicationGroup', 'after')
    await broker().deprovision(id)
    await succeeds(broker(), id)
    await expectGone(id)
    expect(logged(broker(), 'attempt begins').filter(({ instance }) => instance === id)).toHaveLength(
      3 + 2 + 2,
    )
  })
})

test('a second broker on the same data directory is refused, and told why', async () => {
  const second = TestBroker.start({ DATA_DIR: broker().dataDirectory })
  await expect(second).rejects.toThrow(/in use by another broker.*DATABASE_URL/s)
  expect((await broker().request('GET', '/v2/catalog')).status).toBe(200)
})
