import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instancePath, TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { finishWaits, groupOf, untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { kill, type ProgramName, programs } from '../support/processes.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ OPERATIONS_AT_ONCE: '3', DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())
afterEach(() => broker.aws((aws) => aws.setBehaviour({})))

/** Nothing of an instance is left anywhere. */
async function expectGone(id: string): Promise<void> {
  expect(await groupOf(broker, id)).toBeUndefined()
  expect(existsSync(join(broker.dataDirectory, 'work', id))).toBe(false)
  expect((await broker.request('GET', `/state/${id}`, { login: 'operator:operator' })).status).toBe(204)
  expect((await broker.request('GET', instancePath(id))).status).toBe(404)
}

describe('an operation ends well when', () => {
  test('the broker is killed while it creates one instance, updates a second and deletes a third', async () => {
    const [created, updated, deleted] = [randomUUID(), randomUUID(), randomUUID()]
    await Promise.all([broker.created(updated), broker.created(deleted)])
    await broker.aws((aws) =>
      aws.setBehaviour({
        creationMilliseconds: 60_000,
        modificationMilliseconds: 60_000,
        deletionMilliseconds: 60_000,
      }),
    )
    await broker.provision(created)
    await broker.update(updated, { parameters: { engineVersion: '7.0' } })
    await broker.deprovision(deleted)
    await untilGroupIs(broker, created, 'creating')
    await untilGroupIs(broker, updated, 'modifying')
    await untilGroupIs(broker, deleted, 'deleting')

    await broker.kill()
    await finishWaits(broker)
    await broker.start()

    await succeeds(broker, created)
    await succeeds(broker, updated)
    await succeeds(broker, deleted)
    expect(await serves(broker, created)).toBe(true)
    expect(await serves(broker, updated)).toBe(true)
    expect((await groupOf(broker, updated))?.engineVersion).toMatch(/^7\.0/)
    await expectGone(deleted)
    expect(programs(broker.dataDirectory)).toEqual([])
  })

  test('its cdktf, terraform or plugin is killed while AWS creates the group', async () => {
    const programNames: ProgramName[] = ['cdktf', 'terraform', 'plugin']
    const killed = programNames.map((program) => ({ program, id: randomUUID() }))
    await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
    for (const { id } of killed) await broker.provision(id)
    for (const { id } of killed) await untilGroupIs(broker, id, 'creating')
    for (const { id, program } of killed) {
      const found = programs(join(broker.dataDirectory, 'work', id), program)
      expect(found.length).toBeGreaterThan(0)
      for (const pid of found) kill(pid)
    }
    await broker.aws((aws) => aws.finishWaits())
    for (const { id } of killed) {
      await succeeds(broker, id)
      expect(await serves(broker, id)).toBe(true)
    }
  })

  test('its plugin dies before or after each call that changes something', async () => {
    const ids = [randomUUID(), randomUUID()]
    const die = (call: string) =>
      broker.aws((aws) =>
        aws.setBehaviour({
          deaths: [
            { call, when: 'before', times: 1 },
            { call, when: 'after', times: 1 },
          ],
        }),
      )
    const allSucceed = () => Promise.all(ids.map((id) => succeeds(broker, id)))

    await die('createReplicationGroup')
    for (const id of ids) await broker.provision(id)
    await allSucceed()
    for (const id of ids) expect(await serves(broker, id)).toBe(true)

    await die('modifyReplicationGroup')
    for (const id of ids) await broker.update(id, { parameters: { engineVersion: '7.0' } })
    await allSucceed()
    for (const id of ids) expect((await groupOf(broker, id))?.engineVersion).toMatch(/^7\.0/)

    await die('deleteReplicationGroup')
    for (const id of ids) await broker.deprovision(id)
    await allSucceed()
    for (const id of ids) await expectGone(id)
  })

  test('the broker is killed again and again', async () => {
    const id = randomUUID()
    await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
    await broker.provision(id)
    for (let kills = 1; kills <= 3; kills++) {
      await until(() =>
        logged(broker, 'attempt begins').some((line) => line.instance === id && line.attempt === kills),
      )
      await broker.kill()
      await broker.start()
    }
    await broker.aws((aws) => aws.setBehaviour({}))
    await until(() => groupOf(broker, id))
    await broker.aws((aws) => aws.finishWaits())
    await succeeds(broker, id)
    expect(await serves(broker, id)).toBe(true)
  })

  test('the instance is deleted while it is created', async () => {
    const id = randomUUID()
    await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 2000 }))
    await broker.provision(id)
    await untilGroupIs(broker, id, 'creating')
    expect((await broker.deprovision(id)).status).toBe(202)
    await succeeds(broker, id)
    await expectGone(id)
  })
})

test('a second broker on the same data directory is refused, and told why', async () => {
  const second = TestBroker.start({ DATA_DIR: broker.dataDirectory })
  await expect(second).rejects.toThrow(/in use by another broker.*DATABASE_URL/s)
  expect((await broker.request('GET', '/v2/catalog')).status).toBe(200)
})
