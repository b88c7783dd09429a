import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { programs } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { Site } from './long-form/site.ts'

describe('two brokers on one PostgreSQL', () => {
  let site: Site
  let a: TestBroker
  let b: TestBroker
  beforeAll(async () => {
    site = await Site.start({ OPERATIONS_AT_ONCE: '1' })
    ;[a, b] = site.brokers as [TestBroker, TestBroker]
  })
  afterAll(() => site?.remove())
  afterEach(() => site.aws.setBehaviour({}))

  const begun = (broker: TestBroker, id: string) =>
    logged(broker, 'attempt begins').filter(({ instance }) => instance === id)

  test('share the work, and one goes on with what the other one was killed over', async () => {
    const ids = [randomUUID(), randomUUID()]
    site.aws.setBehaviour({ creationMilliseconds: 60_000 })
    for (const id of ids) await a.provision(id)
    for (const id of ids) await untilGroupIs(a, id, 'creating')
    const [ofA] = ids.filter((id) => begun(a, id).length > 0)
    const [ofB] = ids.filter((id) => begun(b, id).length > 0)
    if (!ofA || !ofB) throw new Error('one broker took both operations')

    await a.kill()
    await site.aws.finishWaits()
    site.aws.setBehaviour({})
    await succeeds(b, ofB)
    await succeeds(b, ofA)
    expect(begun(b, ofA)).toMatchObject([{ attempt: 2 }])
    expect(await serves(b, ofA)).toBe(true)

    // It clears away what it had left when it was killed.
    await a.start()
    expect(await serves(a, ofB)).toBe(true)
    await until(() => !existsSync(join(a.dataDirectory, 'work', ofA)))
  })

  describe('of which one is left:', () => {
    beforeAll(async () => {
      await b.stop()
    })

    test('an attempt whose database does not answer ends its programs: another broker may be at work', async () => {
      const id = randomUUID()
      site.aws.setBehaviour({ creationMilliseconds: 3_600_000 })
      await a.provision(id)
      await untilGroupIs(a, id, 'creating')
      site.postgres.freeze()
      await vi.waitUntil(() => programs(a.dataDirectory).length === 0, { timeout: 120_000, interval: 500 })
      site.postgres.thaw()
      site.aws.setBehaviour({})
      await site.aws.finishWaits()
      await succeeds(a, id)
      expect(await serves(a, id)).toBe(true)
    })

    test('a state that terraform could not save, because PostgreSQL was away, is brought in afterwards, by a broker that answers elsewhere', async () => {
      const id = randomUUID()
      site.aws.setBehaviour({ creationMilliseconds: 60_000 })
      await a.provision(id)
      await untilGroupIs(a, id, 'creating')
      await site.postgres.kill()
      await site.aws.finishWaits()
      const errored = join(a.dataDirectory, 'work', id, 'stacks', id, 'errored.tfstate')
      await until(() => existsSync(errored))
      site.aws.setBehaviour({})
      await a.kill()
      await site.postgres.restart()
      // On another port, so that the stack as it was rendered names a state that is nowhere.
      a.url = ''
      await a.start()
      await succeeds(a, id)
      const ofIt = (message: string) => logged(a, message).filter(({ instance }) => instance === id)
      expect(ofIt('found a state that an earlier attempt could not save')).toMatchObject([{ save: true }])
      expect(ofIt('taking a group that exists into the state')).toEqual([])
      expect(existsSync(errored)).toBe(false)
      expect(await serves(a, id)).toBe(true)
    })
  })
})
