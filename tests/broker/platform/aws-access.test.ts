import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { execa } from 'execa'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { requireAccess } from '../../../broker/platform/aws-access.ts'
import { awsClient } from '../../../broker/platform/aws-client.ts'
import { repository } from '../../../broker/terraform/environment.ts'
import { makeCertificate } from '../../../stacks/local-aws/certificates.ts'
import type { Pem } from '../../../stacks/local-aws/secret-file.ts'
import { role, useRole } from '../../support/aws-role.ts'
import { nodeFlags } from '../../support/node.ts'
import {
  callerIdentity,
  fault,
  type QueryAnswer,
  type QueryAnswers,
  queryApi,
  result,
} from '../../support/query-api.ts'

const timeouts = { connectionTimeout: 2000, requestTimeout: 2000 }
const access = { AWS_REGION: 'us-gov-west-1', AWS_ACCOUNT_ID: '111122223333' }
const noGroups = () => result('DescribeReplicationGroups', '<ReplicationGroups/>')
const known = { GetCallerIdentity: () => callerIdentity('111122223333'), DescribeReplicationGroups: noGroups }

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIABROKER')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  onTestFinished(() => void vi.unstubAllEnvs())
})

async function aws(answers: QueryAnswers, tls?: Pem) {
  const api = await queryApi(answers, tls)
  onTestFinished(() => api.close())
  vi.stubEnv('AWS_ENDPOINT_URL', api.url)
  return api
}

/** Why the broker does not start. */
async function refusal(settings: Parameters<typeof requireAccess>[0] = access): Promise<string> {
  const message = await requireAccess(settings, timeouts).then(
    () => 'it starts',
    (error: Error) => error.message,
  )
  expect(message).not.toContain('\n')
  return message
}

test('credentials of the account of the settings are let in, and any where the settings name none', async () => {
  await aws(known)
  expect(await refusal()).toBe('it starts')
  expect(await refusal({ AWS_REGION: 'us-gov-west-1', AWS_ACCOUNT_ID: undefined })).toBe('it starts')
})

test('with credentials of another account the broker does not start', async () => {
  await aws({ ...known, GetCallerIdentity: () => callerIdentity('999999999999') })
  expect(await refusal()).toBe(
    "AWS_ACCOUNT_ID is 111122223333, but the broker's credentials are those of arn:aws:iam::999999999999:user/broker in the AWS account 999999999999.",
  )
})

test('without credentials the broker says what to set', async () => {
  await aws(known)
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  expect(await refusal()).toContain('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE')
})

const page: QueryAnswer = { body: '<html><body>Welcome</body></html>', type: 'text/html' }

test.each<{ name: string; answers: QueryAnswers; told: string[] }>([
  {
    name: 'credentials that STS refuses',
    answers: { GetCallerIdentity: () => fault(403, 'InvalidClientTokenId') },
    told: ['AWS_ACCESS_KEY_ID', 'AWS_REGION us-gov-west-1', 'InvalidClientTokenId'],
  },
  {
    name: 'credentials without rights',
    answers: { ...known, DescribeReplicationGroups: () => fault(403, 'AccessDenied') },
    told: ['docs/iam-policy.json'],
  },
  {
    name: 'an endpoint that is some page',
    answers: { GetCallerIdentity: () => page },
    told: ['AWS_ENDPOINT_URL_STS', 'is not AWS'],
  },
  {
    name: 'an endpoint for ElastiCache that is some page',
    answers: { ...known, DescribeReplicationGroups: () => page },
    told: ['AWS_ENDPOINT_URL_ELASTICACHE', 'is not AWS'],
  },
  {
    name: 'an endpoint that has nothing',
    answers: { GetCallerIdentity: () => ({ ...page, status: 404 }) },
    told: ['AWS_ENDPOINT_URL_STS'],
  },
  {
    name: 'a service that is out of order',
    answers: { GetCallerIdentity: () => fault(500, 'InternalFailure') },
    told: ['does not answer', 'InternalFailure'],
  },
])('$name: one sentence says what to look at', async ({ answers, told }) => {
  await aws(answers)
  const sentence = await refusal()
  for (const words of told) expect(sentence).toContain(words)
})

test.each(['http://127.0.0.1:9', 'nowhere'])('an endpoint that nobody is at is named: %s', async (url) => {
  vi.stubEnv('AWS_ENDPOINT_URL', url)
  expect(await refusal()).toContain(`does not answer for STS at ${url}, check`)
})

test('a role of the AWS config file is taken on, with its external id', async () => {
  const api = await aws({ ...known, AssumeRole: () => role.credentials })
  for (const [name, value] of Object.entries(await useRole(await temporaryDirectory())))
    vi.stubEnv(name, value)
  expect(await refusal()).toBe('it starts')
  const [assumed, ...asRole] = api.requests.filter(({ action }, i) => i === 0 || action !== 'AssumeRole')
  expect(assumed).toMatchObject({ action: 'AssumeRole', key: role.sourceKey })
  expect(assumed?.parameters.get('RoleArn')).toBe(role.arn)
  expect(assumed?.parameters.get('ExternalId')).toBe(role.externalId)
  expect(asRole.map(({ action, key }) => [action, key])).toEqual([
    ['GetCallerIdentity', role.key],
    ['DescribeReplicationGroups', role.key],
  ])
})

test("AWS's variable for FIPS endpoints counts, and retries adapt", async () => {
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true')
  const client = new ElastiCacheClient(awsClient('us-east-1'))
  onTestFinished(() => client.destroy())
  expect(await client.config.useFipsEndpoint()).toBe(true)
  expect(await client.config.retryStrategy()).toMatchObject({ mode: 'adaptive' })
})

test('an authority that only AWS_CA_BUNDLE names is trusted, and told where it is not', async () => {
  const certificate = await makeCertificate({
    commonName: 'localhost',
    authority: true,
    ipAddresses: ['127.0.0.1'],
  })
  await aws(known, certificate)
  expect(await refusal()).toContain('AWS_CA_BUNDLE')
  const bundle = join(await temporaryDirectory(), 'bundle.pem')
  vi.stubEnv('AWS_CA_BUNDLE', bundle)
  expect(await refusal()).toMatch(/^AWS_CA_BUNDLE can't be read/)
  await writeFile(bundle, certificate.certificate)
  expect(await refusal()).toBe('it starts')
})

test('the broker ends at its start with that sentence', { timeout: 60_000 }, async () => {
  const { url } = await aws({ ...known, GetCallerIdentity: () => callerIdentity('999999999999') })
  const settings = {
    PLATFORM: 'aws',
    BROKER_USERNAME: 'platform',
    BROKER_PASSWORD: 'of the platform only',
    AWS_REGION: 'us-gov-west-1',
    AWS_ACCOUNT_ID: '111122223333',
    SUBNET_GROUP: 'redis',
    SECURITY_GROUPS: 'sg-1',
    TAG_BROKER: 'broker-of-a-test',
    STATE_KEYS: '2026-11:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATA_DIR: await temporaryDirectory(),
  }
  const main = join(repository, 'broker', 'main.ts')
  const run = await execa(process.execPath, [...nodeFlags, main], {
    env: { ...settings, AWS_ENDPOINT_URL: url },
    reject: false,
  })
  expect(run).toMatchObject({ exitCode: 1, stdout: '' })
  expect(run.stderr).toMatch(/^The broker can't start: AWS_ACCOUNT_ID is 111122223333, but [^\n]+$/)
})

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'access-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}
