import { spawnSync } from 'node:child_process'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Served, serveLocalAws } from './endpoint.ts'

let served: Served
beforeAll(async () => {
  served = await serveLocalAws()
})
afterAll(() => served?.close())

const hasAws = spawnSync('aws', ['--version']).status === 0
describe.skipIf(!hasAws)(
  `the aws command line${hasAws ? '' : ' (skipped: it is not on this machine)'}`,
  () => {
    const aws = async (...words: string[]) => {
      const { stdout } = await execa('aws', [...words, '--output', 'json'], {
        env: served.environment,
        extendEnv: false,
      })
      return stdout ? JSON.parse(stdout) : undefined
    }
    const group = ['--replication-group-id', 'by-hand']

    // What terraform with HashiCorp's provider makes of it, tests/hashicorp/life.test.ts shows.
    test('makes a group, changes it, finds it by its tags and deletes it', async () => {
      expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: '000000000000' })
      const made = ['--replication-group-description', 'by hand', '--cache-node-type', 'cache.t3.micro']
      await aws('elasticache', 'create-replication-group', ...group, ...made, '--tags', 'Key=Owner,Value=me')
      await aws('elasticache', 'wait', 'replication-group-available', ...group)
      const retention = ['--snapshot-retention-limit', '2', '--apply-immediately']
      await aws('elasticache', 'modify-replication-group', ...group, ...retention)
      const { ReplicationGroups } = await aws('elasticache', 'describe-replication-groups', ...group)
      expect(ReplicationGroups).toMatchObject([{ SnapshotRetentionLimit: 2, Status: 'available' }])
      const filter = ['--tag-filters', 'Key=Owner,Values=me']
      const found = await aws('resourcegroupstaggingapi', 'get-resources', ...filter)
      expect(found.ResourceTagMappingList).toEqual([
        { ResourceARN: ReplicationGroups[0].ARN, Tags: [{ Key: 'Owner', Value: 'me' }] },
      ])
      await aws('elasticache', 'delete-replication-group', ...group)
      await aws('elasticache', 'wait', 'replication-group-deleted', ...group)
    })
  },
)
