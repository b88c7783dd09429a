import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startBroker } from '../../../broker/broker.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { programEnvironment } from '../../../broker/terraform/environment.ts'
import { installedProvider } from '../../../broker/terraform/installed-provider.ts'
import { providerMirror } from '../../../broker/terraform/provider-mirror.ts'
import { ProviderProcess } from '../../../broker/terraform/provider-process.ts'
import { type CertificateRequest, makeCertificate } from '../../../stacks/local-aws/certificates.ts'
import type { Pem } from '../../../stacks/local-aws/secret-file.ts'
import type { RedisStackSpec } from '../../../stacks/redis-stack-spec.ts'
import { renderStacks, stackDirectory } from '../../../stacks/render.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { role, useRole } from '../../support/aws-role.ts'
import { instanceBody, instancePath } from '../../support/broker.ts'
import { findHashicorpProvider } from '../../support/hashicorp-provider.ts'
import { callerIdentity, fault, type QueryAnswers, queryApi, result } from '../../support/query-api.ts'
import { stackSpec } from '../../support/stack-spec.ts'

const found = findHashicorpProvider()
const { mirror: given = '', version = 'is not on this machine' } = found ?? {}
/** Each start of the provider takes some seconds of CPU. */
const timeout = 120_000

describe.skipIf(!found)(`HashiCorp's provider ${version}`, { timeout }, () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hashicorp-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
    stub({ SSL_CERT_FILE: undefined, SSL_CERT_DIR: undefined, HTTPS_PROXY: undefined })
    stub({ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' })
    stub({ AWS_ACCESS_KEY_ID: 'AKIABROKER', AWS_SECRET_ACCESS_KEY: 'secret' })
    onTestFinished(() => void vi.unstubAllEnvs())
  })

  function stub(environment: Record<string, string | undefined>): void {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  }

  async function aws(answers: QueryAnswers, tls?: Pem) {
    const api = await queryApi(answers, tls)
    onTestFinished(() => api.close())
    return api
  }

  /** An authority that only AWS_CA_BUNDLE names, and that has signed a server of this name. */
  async function bundled(names: Pick<CertificateRequest, 'dnsNames' | 'ipAddresses'>): Promise<Pem> {
    const pem = await makeCertificate({ commonName: 'localhost', authority: true, ...names })
    const bundle = join(directory, 'bundle.pem')
    await writeFile(bundle, pem.certificate)
    stub({ AWS_CA_BUNDLE: bundle })
    return pem
  }

  /** The environment that the broker gives to its terraforms. */
  async function environment() {
    const DATA_DIR = join(directory, 'data')
    const settings = { DATA_DIR, AWS_PROVIDER_VERSION: version, AWS_PROVIDER_MIRROR: given }
    const { environment } = await installedProvider(directory, await providerMirror(settings), version)
    return { ...programEnvironment(), ...environment }
  }

  /** Plans what a stack says of its provider, and asks who the provider is to AWS, in place of the Redis. */
  async function plan(env: NodeJS.ProcessEnv, changes: Partial<RedisStackSpec> = {}) {
    await renderStacks([{ ...stackSpec, providerVersion: version, ...changes }], directory)
    const cwd = stackDirectory(directory, stackSpec.name)
    const file = join(cwd, 'cdk.tf.json')
    const { terraform, provider } = JSON.parse(await readFile(file, 'utf8'))
    const { required_providers } = terraform
    const data = { aws_caller_identity: { me: {} } }
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is terraform's
    const output = { account: { value: '${data.aws_caller_identity.me.account_id}' } }
    await writeFile(file, JSON.stringify({ terraform: { required_providers }, provider, data, output }))
    // What init has installed stays for all tests: rendering anew clears its usual place.
    const TF_DATA_DIR = join(directory, 'terraform')
    const initialized = existsSync(TF_DATA_DIR)
    const options = { cwd, env: { ...env, TF_DATA_DIR }, extendEnv: false, reject: false, all: true } as const
    const terraformIn = (command: string) =>
      execa('terraform', [command, '-no-color', '-input=false'], options)
    const init = initialized ? undefined : await terraformIn('init')
    return init?.failed ? init.all : (await terraformIn('plan')).all
  }

  test('two runs can attach to one, with an authority of AWS_CA_BUNDLE, and none works in another account than the one of the settings', async () => {
    const pem = await bundled({ ipAddresses: ['127.0.0.1'] })
    const { url } = await aws({ GetCallerIdentity: () => callerIdentity('111122223333') }, pem)
    stub({ AWS_ENDPOINT_URL_STS: url })
    const env = await environment()
    const settings = {
      DATA_DIR: join(directory, 'data'),
      AWS_PROVIDER_VERSION: version,
      AWS_PROVIDER_MIRROR: given,
    }
    const { program } = await installedProvider(directory, await providerMirror(settings), version)
    const shared = new ProviderProcess({ program, environment: env })
    onTestFinished(async () => void (await shared.stop()))
    const attached = { ...env, ...(await shared.attachment(new AbortController().signal)) }
    expect(await plan(attached, { accountId: '111122223333' })).toContain('account = "111122223333"')
    expect(await plan(attached, { accountId: '999999999999' })).toMatch(
      /account ID not allowed: 111122223333/i,
    )
  })

  test('takes on the role of the AWS config file, with its external id', async () => {
    const { requests, url } = await aws({
      GetCallerIdentity: () => callerIdentity('111122223333'),
      AssumeRole: () => role.credentials,
    })
    stub({ ...(await useRole(directory)), AWS_ENDPOINT_URL_STS: url })
    expect(await plan(await environment(), { accountId: '111122223333' })).toContain(
      'account = "111122223333"',
    )
    const assumed = requests.find(({ action }) => action === 'AssumeRole')
    expect(assumed).toMatchObject({ key: role.sourceKey })
    expect(assumed?.parameters.get('RoleArn')).toBe(role.arn)
    expect(assumed?.parameters.get('ExternalId')).toBe(role.externalId)
    const asRole = requests.filter(({ action }) => action === 'GetCallerIdentity')
    expect(new Set(asRole.map(({ key }) => key))).toEqual(new Set([role.key]))
  })

  test('asks FIPS endpoints when it is told to', async () => {
    const pem = await bundled({ dnsNames: ['*.us-east-1.amazonaws.com'] })
    const { url } = await aws({ GetCallerIdentity: () => callerIdentity('111122223333') }, pem)
    const hosts = new Set<string | undefined>()
    const proxy = createServer().on('connect', (request, socket) => {
      hosts.add(request.url)
      const there = connect(Number(new URL(url).port), '127.0.0.1')
      for (const end of [socket, there]) end.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(there).pipe(socket)
    })
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void proxy.close())
    const { port } = proxy.address() as AddressInfo
    stub({ AWS_USE_FIPS_ENDPOINT: 'true', HTTPS_PROXY: `http://127.0.0.1:${port}` })
    await plan(await environment(), { region: 'us-east-1' })
    // Without DNS, as here, the provider goes on to the ordinary endpoints by itself.
    expect([...hosts][0]).toBe('sts-fips.us-east-1.amazonaws.com:443')
  })

  test('makes a Redis for a broker with these settings, without a registry', async () => {
    const noGroup = () => fault(404, 'ReplicationGroupNotFoundFault')
    const { requests, url } = await aws({
      GetCallerIdentity: () => callerIdentity('111122223333'),
      DescribeReplicationGroups: ({ parameters }) =>
        parameters.has('ReplicationGroupId')
          ? noGroup()
          : result('DescribeReplicationGroups', '<ReplicationGroups/>'),
      CreateReplicationGroup: () => fault(400, 'NodeQuotaForCustomerExceeded'),
    })
    const kmsKey = 'arn:aws:kms:us-east-1:111122223333:key/redis'
    const settings = readSettings({
      PLATFORM: 'aws',
      BROKER_USERNAME: 'broker',
      BROKER_PASSWORD: 'the-password-of-the-platform',
      AWS_REGION: 'us-east-1',
      AWS_ACCOUNT_ID: '111122223333',
      AWS_PROVIDER_VERSION: version,
      AWS_PROVIDER_MIRROR: given,
      KMS_KEY_ID: kmsKey,
      SUBNET_GROUP: 'redis',
      SECURITY_GROUPS: 'sg-1',
      TAG_BROKER: 'broker-of-a-test',
      STATE_KEYS: KeyRing.newEntry('test'),
      HOST: '127.0.0.1',
      PORT: '0',
      DRIFT_SCHEDULE: 'off',
      DATA_DIR: join(directory, 'data'),
    })
    stub({ AWS_ENDPOINT_URL: url })
    const broker = await startBroker(settings, createLog('silent'))
    onTestFinished(() => broker.stop(0))
    const request = async (method: string, path: string, body?: object) => {
      const headers = {
        Authorization: `Basic ${btoa('broker:the-password-of-the-platform')}`,
        'X-Broker-API-Version': '2.17',
        'Content-Type': 'application/json',
      }
      const sent = body ? { body: JSON.stringify(body) } : {}
      const answer = await fetch(broker.url + path, { method, headers, ...sent })
      return (await answer.json()) as { description?: string }
    }
    const path = instancePath(randomUUID())
    await request('PUT', `${path}?accepts_incomplete=true`, instanceBody())
    const ended = async () => {
      const answer = await request('GET', `${path}/last_operation`)
      expect(answer).toMatchObject({ state: 'failed' })
      return answer
    }
    const { description } = await vi.waitFor(ended, { timeout, interval: 200 })
    expect(description).toContain('AWS allows this account no more Redis nodes')
    const created = requests.find(({ action }) => action === 'CreateReplicationGroup')
    expect(created?.parameters.get('KmsKeyId')).toBe(kmsKey)
  })
})
