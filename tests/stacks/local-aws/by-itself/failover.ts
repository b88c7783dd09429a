import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { promote } from '../../../../stacks/local-aws/service/promotion.ts'
import { getGroup, saveGroup } from '../../../../stacks/local-aws/service/records.ts'
import { withRedis } from '../../../support/redis.ts'
import { until } from '../../../support/until.ts'
import { nodeProcesses } from '../nodes.ts'
import {
  aws,
  ca,
  directory,
  elastiCache,
  group,
  primaryOf,
  replication,
  roles,
  run,
  successorOf,
  token,
} from './site.ts'

export function failover(): void {
  describe('a failover', () => {
    test('moves the primary role, and the endpoints lead there with the data', async () => {
      const before = await group('three')
      const successor = successorOf('three')
      expect(successor).not.toBe(await primaryOf('three'))
      await run('three', 'primaryEndpoint', 'SET', 'kept', 'yes')
      await aws.failover('three')
      expect(await roles('three')).toEqual({
        'three-001': 'replica',
        'three-002': 'replica',
        'three-003': 'replica',
        [successor]: 'primary',
      })
      const after = await group('three')
      const { memberClusters, primaryEndpoint, readerEndpoint } = before
      expect(after).toMatchObject({ memberClusters, primaryEndpoint, readerEndpoint, status: 'available' })
      expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('yes')
      expect(await run('three', 'primaryEndpoint', 'SET', 'newer', 'too')).toBe('OK')
      await until(async () => (await run('three', 'readerEndpoint', 'GET', 'newer')) === 'too')
      await expect(run('three', 'readerEndpoint', 'SET', 'a', 'b')).rejects.toThrow(/READONLY/)
      await until(async () => (await replication()).includes('connected_slaves:2'))
    })

    test('waits for a replica that lags behind, and loses nothing of what was written', async () => {
      const host = String((await group('three')).primaryEndpoint?.address)
      await until(async () => (await replication()).includes('connected_slaves:2'))
      const { memberClusters } = await group('three')
      const next = memberClusters.indexOf(successorOf('three'))
      const successor = Number((await nodeProcesses(directory, 'three'))[next])
      process.kill(successor, 'SIGSTOP')
      let written = 0
      const writing = withRedis({ host, password: token, ca }, async (redis) => {
        // More than fits into the buffers between them.
        await redis.set('large', 'x'.repeat(32 * 1024 * 1024))
        for (;;) {
          await redis.set('counter', String(written + 1))
          written += 1
        }
      }).catch(String)
      await until(async () => written > 0)
      const failingOver = aws.failover('three')
      await sleep(300)
      process.kill(successor, 'SIGCONT')
      await failingOver
      expect((await group('three')).statusReason).toBe(undefined)
      expect(await writing).toContain('NOREPLICAS')
      expect(await run('three', 'primaryEndpoint', 'GET', 'counter')).toBe(String(written))
      expect(await primaryOf('three')).toBe(memberClusters[next])
      expect(await run('three', 'primaryEndpoint', 'DEL', 'large')).toBe(1)
    })

    test('that a caller left half done is finished by the next call', async () => {
      const { database } = elastiCache.service
      await run('three', 'primaryEndpoint', 'SET', 'kept', 'yes')
      await until(async () => (await replication()).includes('connected_slaves:2'))
      const former = await primaryOf('three')
      const next = former === 'three-003' ? 'three-001' : 'three-003'
      const record = getGroup(database, 'three')
      promote(record, next)
      saveGroup(database, { ...record, unsettled: true })
      expect(await primaryOf('three')).toBe(next)
      expect((await group('three')).statusReason).toBe(undefined)
      expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('yes')

      // Here everything is done but the last note of it.
      const { nodes, ...rest } = getGroup(database, 'three')
      const [primary, ...others] = nodes
      const formerly = others.find(({ id }) => id === former)
      if (!primary || !formerly) throw new Error('There are three nodes.')
      const pids = await nodeProcesses(directory, 'three')
      primary.leaves = formerly.address
      formerly.leaves = primary.address
      saveGroup(database, { ...rest, nodes, unsettled: true })
      expect(await run('three', 'primaryEndpoint', 'SET', 'kept', 'still')).toBe('OK')
      expect(await nodeProcesses(directory, 'three')).toEqual(pids)
    })

    test('away from a primary that has died brings it back as a replica', async () => {
      await until(async () => (await replication()).includes('connected_slaves:2'))
      await run('three', 'primaryEndpoint', 'SET', 'kept', 'still')
      const { memberClusters } = await group('three')
      const primary = await primaryOf('three')
      await aws.killNode(primary)
      expect((await group('three')).memberClusters).toEqual(memberClusters.filter((id) => id !== primary))
      await aws.failover('three')
      expect(await roles('three')).toMatchObject({ [primary]: 'replica' })
      expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('still')
    })

    test('outlives a stop and a start', async () => {
      await run('three', 'primaryEndpoint', 'SET', 'kept', 'still')
      const before = await group('three')
      await aws.stop()
      await aws.start()
      expect(await group('three')).toEqual(before)
      expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('still')
    })

    test('needs a replica', async () => {
      await expect(aws.failover('single')).rejects.toMatchObject({ name: 'InvalidReplicationGroupState' })
    })
  })
}
