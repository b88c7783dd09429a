import { describe, expect, test } from 'vitest'
import { isAlive, nodeProcesses } from '../nodes.ts'
import { aws, directory, group, primaryOf, roles, run } from './site.ts'

export function replacement(): void {
  describe('a node that is replaced', () => {
    test('is another process under its id, with the data of the primary', async () => {
      await run('three', 'primaryEndpoint', 'SET', 'kept', 'still')
      const primary = await primaryOf('three')
      const before = await group('three')
      const pids = await nodeProcesses(directory, 'three')
      const index = before.memberClusters.findIndex((id) => id !== primary)
      await aws.replaceNode(String(before.memberClusters[index]))
      expect(await group('three')).toEqual(before)
      const replaced = await nodeProcesses(directory, 'three')
      expect(replaced.filter((pid) => pids.includes(pid))).toHaveLength(2)
      expect(await isAlive(Number(pids[index]))).toBe(false)
      expect(await run('three', 'readerEndpoint', 'GET', 'kept')).toBe('still')
    })

    test('hands the primary role over first', async () => {
      await run('three', 'primaryEndpoint', 'SET', 'kept', 'still')
      const primary = await primaryOf('three')
      await aws.replaceNode(primary)
      expect((await roles('three'))[primary]).toBe('replica')
      expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('still')
    })

    test('loses its data when it is the only one', async () => {
      await run('single', 'primaryEndpoint', 'SET', 'kept', 'yes')
      await aws.replaceNode('single-001')
      expect(await group('single')).toMatchObject({ status: 'available', memberClusters: ['single-001'] })
      expect(await run('single', 'primaryEndpoint', 'DBSIZE')).toBe(0)
    })
  })
}
