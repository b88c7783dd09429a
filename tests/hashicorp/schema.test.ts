import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { terraformConfiguration } from '../../broker/terraform/cli-configuration.ts'
import type { Block } from '../../stacks/local-aws/plugin/schema.ts'
import { awsProvider } from '../../stacks/local-aws/provider/aws.ts'
import { openElastiCache } from '../../stacks/local-aws/service/elasticache.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'

const provider = findHashicorpProvider()
const name = provider
  ? `HashiCorp's provider ${provider.version}`
  : "HashiCorp's provider (skipped: none is on this machine; AWS_PROVIDER_MIRROR names a mirror that has one)"

/** As `terraform providers schema -json` writes it. */
interface WrittenBlock {
  attributes?: Record<
    string,
    { type: unknown; required?: true; optional?: true; computed?: true; sensitive?: true }
  >
  block_types?: Record<string, { nesting_mode: string; max_items?: number; block: WrittenBlock }>
}

/** The attributes that differ in 6.25.0, whose schemas the local provider has. */
const later = /^(region|deletion_protection_enabled|engine|node_group_configuration.*)$/

function lines({ attributes = {}, blocks = {} }: Block, path = ''): string[] {
  return [
    ...Object.entries(attributes).map(([name, { type, ...kind }]) => line(path + name, type, kind)),
    ...Object.entries(blocks).flatMap(([name, { nesting, maxItems = 0, block }]) => [
      `${path}${name} ${nesting.toLowerCase()} ${maxItems}`,
      ...lines(block, `${path}${name}.`),
    ]),
  ]
}

function linesWritten({ attributes = {}, block_types = {} }: WrittenBlock, path = ''): string[] {
  return [
    ...Object.entries(attributes).map(([name, { type, ...kind }]) => line(path + name, type, kind)),
    ...Object.entries(block_types).flatMap(([name, { nesting_mode, max_items = 0, block }]) => [
      `${path}${name} ${nesting_mode} ${max_items}`,
      ...linesWritten(block, `${path}${name}.`),
    ]),
  ]
}

function line(
  path: string,
  type: unknown,
  { required, optional, computed, sensitive }: Record<string, unknown>,
) {
  const kind = Object.entries({ required, optional, computed, sensitive }).flatMap(([is, yes]) =>
    yes ? [is] : [],
  )
  return [path, JSON.stringify(type), ...kind].join(' ')
}

const earlier = (all: string[]) => all.filter((one) => !later.test(one.split(' ', 1)[0] ?? '')).sort()

describe.skipIf(!provider)(name, { timeout: 120_000 }, () => {
  test('has the attributes of each resource that the local provider has', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'schema-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const required_providers = { aws: { source: 'aws', version: provider?.version } }
    writeFileSync(join(directory, 'main.tf.json'), JSON.stringify({ terraform: { required_providers } }))
    const env = { ...process.env, ...(await terraformConfiguration(directory, provider?.mirror ?? '')) }
    const options = { cwd: directory, env, maxBuffer: 200_000_000 }
    await execa('terraform', ['init', '-input=false'], options)
    const { stdout } = await execa('terraform', ['providers', 'schema', '-json'], options)
    const [written] = Object.values(JSON.parse(stdout).provider_schemas) as {
      resource_schemas: Record<string, { version: number; block: WrittenBlock }>
    }[]
    const { resources } = awsProvider(openElastiCache(join(directory, 'aws')))
    expect(Object.keys(resources)).toHaveLength(4)
    for (const [type, { schema }] of Object.entries(resources)) {
      const real = written?.resource_schemas[type]
      expect(schema.version, type).toBeGreaterThanOrEqual(real?.version ?? Number.POSITIVE_INFINITY)
      expect(earlier(lines(schema.block)), type).toEqual(earlier(linesWritten(real?.block ?? {})))
    }
  })
})
