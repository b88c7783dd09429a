import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import type { StateLocation } from '../../stacks/state-location.ts'
import { stackSpec } from '../support/stack-spec.ts'

/** The backend block that terraform gets to see. */
async function rendered(state: StateLocation) {
  const directory = mkdtempSync(join(tmpdir(), 'stack-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  await renderStacks([{ ...stackSpec, state }], directory)
  const file = join(stackDirectory(directory, 'one'), 'cdk.tf.json')
  return JSON.parse(readFileSync(file, 'utf8')).terraform.backend
}

const s3 = { type: 's3', bucket: 'b', region: 'eu-central-1', key: 'redis/one.tfstate' } as const

test.each<{ name: string; location: StateLocation; backend: object }>([
  {
    name: 'the http backend with its lock',
    location: { type: 'http', address: 'http://broker/state/one' },
    backend: {
      http: {
        address: 'http://broker/state/one',
        lock_address: 'http://broker/state/one/lock',
        unlock_address: 'http://broker/state/one/lock',
      },
    },
  },
  {
    name: 'S3 with its own lock file',
    location: { ...s3, kmsKey: 'arn', pathStyle: false },
    backend: {
      s3: {
        bucket: 'b',
        region: 'eu-central-1',
        key: 'redis/one.tfstate',
        encrypt: true,
        kms_key_id: 'arn',
        use_lockfile: true,
        use_path_style: false,
      },
    },
  },
  {
    name: 'S3 without a key, so that the bucket encrypts with its own',
    location: { ...s3, pathStyle: false },
    backend: {
      s3: {
        bucket: 'b',
        region: 'eu-central-1',
        key: 'redis/one.tfstate',
        use_lockfile: true,
        use_path_style: false,
      },
    },
  },
  {
    name: "an S3-compatible store, which lacks AWS's other services",
    location: { ...s3, endpoint: 'https://s3.example.org', pathStyle: true },
    backend: {
      s3: {
        bucket: 'b',
        region: 'eu-central-1',
        key: 'redis/one.tfstate',
        endpoints: { s3: 'https://s3.example.org' },
        skip_credentials_validation: true,
        skip_metadata_api_check: true,
        skip_region_validation: true,
        skip_requesting_account_id: true,
        skip_s3_checksum: true,
        use_lockfile: true,
        use_path_style: true,
      },
    },
  },
  {
    name: 'PostgreSQL without a connection string',
    location: { type: 'pg', schema: 'redis_one' },
    backend: { pg: { schema_name: 'redis_one' } },
  },
])('a stack names $name', async ({ location, backend }) => {
  expect(await rendered(location)).toEqual(backend)
})
