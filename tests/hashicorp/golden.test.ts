import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, test } from 'vitest'
import { terraformConfiguration } from '../../broker/terraform/cli-configuration.ts'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import { goldenStacks } from '../support/golden.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'

const provider = findHashicorpProvider()
const name = provider
  ? `HashiCorp's provider ${provider.version}`
  : "HashiCorp's provider (skipped: none is on this machine; AWS_PROVIDER_MIRROR names a mirror that has one)"

describe.skipIf(!provider)(name, { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'golden-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  /** A stack on record as a module: all of them are planned in one run, by one provider process. */
  async function writeModule(stackName: string): Promise<void> {
    const spec = goldenStacks()[stackName]
    if (!spec || !provider) return
    const output = join(directory, 'rendered', stackName)
    await renderStacks([{ ...spec, providerVersion: provider.version }], output)
    const file = join(stackDirectory(output, spec.name), 'cdk.tf.json')
    const { provider: _, terraform, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
    const { required_providers } = terraform
    mkdirSync(join(directory, stackName))
    writeFileSync(
      join(directory, stackName, 'main.tf.json'),
      JSON.stringify({ ...rest, terraform: { required_providers } }),
    )
  }

  test('takes every stack on record, and plans to make all that is in it', async () => {
    const names = Object.keys(goldenStacks())
    for (const stackName of names) await writeModule(stackName)
    writeFileSync(
      join(directory, 'main.tf.json'),
      JSON.stringify({
        terraform: { required_providers: { aws: { source: 'aws', version: provider?.version } } },
        // It reaches nothing: a plan of what is new asks AWS for nothing.
        provider: {
          aws: {
            region: 'us-gov-west-1',
            access_key: 'test',
            secret_key: 'test',
            skip_credentials_validation: true,
            skip_requesting_account_id: true,
            skip_metadata_api_check: 'true',
          },
        },
        module: Object.fromEntries(names.map((one) => [one, { source: `./${one}` }])),
      }),
    )
    const env = {
      ...process.env,
      ...(await terraformConfiguration(directory, provider?.mirror ?? '')),
      CHECKPOINT_DISABLE: '1',
    }
    const terraform = async (...args: string[]) =>
      (await execa('terraform', args, { cwd: directory, env, maxBuffer: 100_000_000 })).stdout
    await terraform('init', '-input=false')
    await terraform('plan', '-input=false', '-out=plan')
    const plan = JSON.parse(await terraform('show', '-json', 'plan'))
    const planned = plan.resource_changes.map(
      ({ address, change }: { address: string; change: { actions: string[] } }) => [
        address,
        ...change.actions,
      ],
    )
    expect(planned.filter(([, action]: string[]) => action !== 'create')).toEqual([])
    for (const one of names) {
      expect(planned).toContainEqual([`module.${one}.aws_elasticache_replication_group.redis`, 'create'])
    }
    const kinds = (module: string) =>
      planned
        .filter(([address]: [string]) => address.startsWith(`module.${module}.`))
        .map(([address]: [string]) => address.split('.')[2])
    expect(new Set(kinds('example-redis-sessions'))).toEqual(
      new Set([
        'aws_cloudwatch_log_group',
        'aws_cloudwatch_metric_alarm',
        'aws_elasticache_parameter_group',
        'aws_elasticache_replication_group',
      ]),
    )
    expect(kinds('redis-dev')).toEqual(['aws_elasticache_replication_group'])
  })
})
