import { expect, test } from 'vitest'
import { once } from '../../../support/once.ts'
import { groupConfiguration } from '../group-configuration.ts'
import { machine } from './site.ts'

type Refusal = [what: string, attributes: Record<string, unknown>, message: string]

const type = 'aws_elasticache_replication_group'

/** Has Terraform plan or apply a group for each of them in one run. @returns what it says of the one at a place */
function saysOf(refused: Refusal[], verb: 'plan' | 'apply'): (place: number) => Promise<string> {
  const run = once(async () => {
    const stack = await machine.stack(groupConfiguration('checked'))
    const { output: _, ...configuration } = groupConfiguration('checked') as Configuration
    const groups = refused.map(([, attributes], place) => {
      const { resource } = groupConfiguration('checked', attributes) as Configuration
      return [`case_${place}`, resource[type].redis]
    })
    await stack.configure({ ...configuration, resource: { [type]: Object.fromEntries(groups) } })
    const { ok, text } = verb === 'plan' ? await stack.terraform('plan') : await stack.apply()
    expect(ok).toBe(false)
    return text.replace(/[│╷╵\s]+/g, ' ').split('Error: ')
  })
  return async (place) => {
    const name = new RegExp(`${type}\\.case_${place}[,:]`)
    return (await run()).filter((error) => name.test(error)).join()
  }
}

interface Configuration {
  resource: { [type]: { redis: object } }
  output: object
}

export function refusals(): void {
  const byValidation: Refusal[] = [
    ['version 6.2.6', { engine_version: '6.2.6' }, '"engine_version" must be <major>.<minor>'],
    ['version 5.0', { engine_version: '5.0' }, '"engine_version" must be <major>.<minor>'],
    ['version 7', { engine_version: '7' }, '"engine_version" must be <major>.<minor>'],
    ['an id with an underscore', { replication_group_id: 'a_b' }, '"replication_group_id" must be 1 to 40'],
    ['an empty description', { description: '' }, '"description" must not be empty'],
    [
      '36 days of snapshots',
      { snapshot_retention_limit: 36 },
      '"snapshot_retention_limit" must be at most 35',
    ],
    [
      'encryption "yes"',
      { at_rest_encryption_enabled: 'yes' },
      '"at_rest_encryption_enabled" expected one of',
    ],
    ['a token of 3 characters', { auth_token: 'abc' }, '"auth_token" must be 16 to 128'],
    ['a token and user groups', { user_group_ids: ['a'] }, '"auth_token": conflicts with user_group_ids'],
    ['two counts of nodes', { num_node_groups: 1 }, '"num_cache_clusters": conflicts with num_node_groups'],
    [
      'a window without a day',
      { maintenance_window: '07:00-08:00' },
      '"maintenance_window" must have the format',
    ],
    ['a timeout of 5 minute', { timeouts: { create: '5 minute' } }, '"5 minute" is not a duration'],
    ['a misspelt attribute', { engineVersion: '6.2' }, 'Extraneous JSON object property'],
  ]
  const byPlan: Refusal[] = [
    [
      'Multi-AZ without failover',
      { multi_az_enabled: true },
      'automatic_failover_enabled must be true if multi_az_enabled is true',
    ],
    [
      'failover with one node',
      { automatic_failover_enabled: true },
      '"num_cache_clusters": must be at least 2',
    ],
    [
      'DELETE with a token',
      { auth_token: 'known-to-the-plan', auth_token_update_strategy: 'DELETE' },
      '"auth_token" must not be specified',
    ],
    ...['ROTATE', 'SET'].flatMap((auth_token_update_strategy): Refusal[] => {
      const message = '"auth_token_update_strategy": "auth_token" must be specified'
      return [
        [
          `${auth_token_update_strategy} without a token`,
          { auth_token: null, auth_token_update_strategy },
          message,
        ],
        [
          `${auth_token_update_strategy} and a token that Terraform makes`,
          { auth_token_update_strategy },
          message,
        ],
      ]
    }),
  ]
  for (const refused of [byValidation, byPlan]) {
    const says = saysOf(refused, 'plan')
    test.each(refused.map(([what, , message], place) => ({ what, message, place })))(
      'a plan with $what is refused before anything is called',
      async ({ message, place }) => {
        expect(await says(place)).toContain(message)
      },
    )
  }

  const nodeGroup = (choice: object) => ({
    num_cache_clusters: null,
    node_group_configuration: [{ replica_count: 1, ...choice }],
  })

  const byApply: Refusal[] = [
    [
      "the primary's zone",
      nodeGroup({ primary_availability_zone: 'eu-west-1a' }),
      'a choice of availability zones by node group',
    ],
    [
      "the replicas' zones",
      nodeGroup({ replica_availability_zones: ['eu-west-1b'] }),
      'a choice of availability zones by node group',
    ],
    [
      'an outpost',
      nodeGroup({ primary_outpost_arn: 'arn:aws:outposts:eu-west-1:1:outpost/op-1' }),
      'outposts',
    ],
    ['slots', nodeGroup({ slots: '0-8191' }), 'a choice of slots'],
  ]
  const says = saysOf(byApply, 'apply')
  test.each(byApply.map(([what, , feature], place) => ({ what, feature, place })))(
    'an apply that chooses $what is refused',
    async ({ feature, place }) => {
      expect(await says(place)).toContain(`This machine does not offer ${feature}.`)
    },
  )

  test('a provider without a region says so', async () => {
    const stack = await machine.stack(groupConfiguration('nowhere', {}, { provider: {} }))
    const { ok, text } = await stack.terraform('plan')
    expect(ok).toBe(false)
    expect(text).toContain('Missing region configuration')
  })
}
