import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'

const app = join(import.meta.dirname, '../../stacks/state-bucket.ts')

/** The configuration that cdktf would hand to terraform. */
async function render(settings: Record<string, string>) {
  const outdir = mkdtempSync(join(tmpdir(), 'bucket-'))
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }))
  await execa(process.execPath, ['--disable-warning=ExperimentalWarning', app], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CDKTF_OUTDIR: outdir, ...settings },
    extendEnv: false,
  })
  return JSON.parse(readFileSync(join(outdir, 'stacks/state-bucket/cdk.tf.json'), 'utf8'))
}

const reference = (path: string) => `\${${path}}`
const bucketArn = reference('aws_s3_bucket.bucket.arn')

test('the bucket for states is encrypted, versioned, closed and speaks TLS only', async () => {
  const { resource, output } = await render({ STATE_S3_BUCKET: 'acme-states', AWS_REGION: 'eu-central-1' })
  const only = (type: string) => {
    const [one, ...more] = Object.values(resource[type])
    expect(more).toEqual([])
    // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects in it
    return one as any
  }
  expect(only('aws_s3_bucket')).toMatchObject({
    bucket: 'acme-states',
    lifecycle: { prevent_destroy: true },
  })
  expect(only('aws_kms_key')).toMatchObject({
    enable_key_rotation: true,
    lifecycle: { prevent_destroy: true },
  })
  expect(only('aws_s3_bucket_server_side_encryption_configuration').rule[0]).toMatchObject({
    apply_server_side_encryption_by_default: {
      sse_algorithm: 'aws:kms',
      kms_master_key_id: reference('aws_kms_key.key.arn'),
    },
  })
  expect(only('aws_s3_bucket_versioning').versioning_configuration).toEqual({ status: 'Enabled' })
  expect(only('aws_s3_bucket_lifecycle_configuration').rule[0]).toMatchObject({
    status: 'Enabled',
    noncurrent_version_expiration: [{ noncurrent_days: 90 }],
  })
  expect(only('aws_s3_bucket_public_access_block')).toMatchObject({
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  })
  expect(only('aws_s3_bucket_ownership_controls').rule).toEqual({ object_ownership: 'BucketOwnerEnforced' })
  expect(JSON.parse(only('aws_s3_bucket_policy').policy).Statement).toEqual([
    {
      Sid: 'OnlyOverTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ])
  expect(Object.keys(output)).toEqual(['STATE_S3_BUCKET', 'STATE_S3_KMS_KEY'])
})

test('the app says which settings it lacks', async () => {
  await expect(render({ STATE_S3_BUCKET: 'acme-states' })).rejects.toThrow(
    'Set STATE_S3_BUCKET, and STATE_S3_REGION or AWS_REGION.',
  )
})
