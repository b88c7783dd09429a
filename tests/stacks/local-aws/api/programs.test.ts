import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { terraformConfiguration } from '../../../../broker/terraform/cli-configuration.ts'
import { findHashicorpProvider } from '../../../support/hashicorp-provider.ts'
import { type Served, serveLocalAws } from './endpoint.ts'

let served: Served
let directory: string
beforeAll(async () => {
  served = await serveLocalAws()
  directory = await mkdtemp(join(tmpdir(), 'programs-'))
})
afterAll(async () => {
  await served?.close()
  await rm(directory, { recursive: true, force: true })
})

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
      await expect(aws('elasticache', 'describe-replication-groups', ...group)).rejects.toThrow(
        'ReplicationGroupNotFoundFault',
      )
    })
  },
)

const provider = findHashicorpProvider()
const version = provider ? ` ${provider.version}` : ' (skipped: none is on this machine)'
describe.skipIf(!provider)(`terraform with HashiCorp's provider${version}`, () => {
  test('makes a group with a token, finds nothing to change, and destroys it', async () => {
    const configured = await terraformConfiguration(directory, provider?.mirror ?? '')
    await writeFile(
      join(directory, 'main.tf.json'),
      JSON.stringify({
        terraform: { required_providers: { aws: { source: 'hashicorp/aws', version: provider?.version } } },
        provider: { aws: { region: 'us-east-1' } },
        variable: { token: { type: 'string', sensitive: true } },
        resource: {
          aws_elasticache_replication_group: {
            redis: {
              replication_group_id: 'by-terraform',
              description: 'by terraform',
              node_type: 'cache.t3.micro',
              engine_version: '6.2',
              transit_encryption_enabled: true,
              auth_token: '${' + 'var.token}',
              apply_immediately: true,
            },
          },
        },
      }),
    )
    const terraform = (...words: string[]) =>
      execa('terraform', words, {
        cwd: directory,
        env: {
          ...served.environment,
          ...configured,
          TF_VAR_token: 'a-token-of-a-test-0123456789',
          CHECKPOINT_DISABLE: '1',
        },
        extendEnv: false,
        reject: false,
        all: true,
      })
    const succeeds = async (...words: string[]) => {
      const run = await terraform(...words)
      expect(run.failed ? run.all : '').toBe('')
    }
    await succeeds('init', '-input=false')
    await succeeds('apply', '-auto-approve', '-input=false')
    expect((await terraform('plan', '-detailed-exitcode', '-input=false')).exitCode).toBe(0)
    const [group] = await served.aws.describeReplicationGroups('by-terraform')
    expect(group).toMatchObject({ authTokenEnabled: true, engineVersion: '6.2.6' })
    await succeeds('destroy', '-auto-approve', '-input=false')
    expect(await served.aws.describeReplicationGroups()).toEqual([])
  })
})
