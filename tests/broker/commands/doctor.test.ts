import { statSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '../../../stacks/local-aws/certificates.ts'
import { TestBroker } from '../../support/broker.ts'
import { freePort } from '../../support/free-port.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { runCommand } from '../../support/program.ts'
import { callerIdentity, fault, type QueryAnswers, queryApi, result } from '../../support/query-api.ts'

interface Finding {
  subject: string
  verdict: string
  message: string
  advice?: string
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'doctor-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Its findings under these settings. */
async function doctor(settings: Record<string, string>, url = 'http://127.0.0.1:9') {
  const environment = { HOME: directory, DATA_DIR: join(directory, 'none'), ...settings }
  const { code, stdout, stderr } = await runCommand(['doctor', '--json'], { url }, environment)
  expect(stderr).toBe('')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return {
    code,
    of: (subject: string) => findings.filter((one) => one.subject === subject),
    failed: findings.filter((one) => one.verdict === 'failed'),
  }
}

const verdict = (value: string, message: unknown) => expect.objectContaining({ verdict: value, message })
const saying = (text: string) => expect.stringContaining(text)

/** All files below a directory, with their size and the time of their last change. */
async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true })
  return names.sort().map((name) => {
    const { size, mtimeMs } = statSync(join(directory, name))
    return `${name} ${size} ${mtimeMs}`
  })
}

const account = '111122223333'

/** All that AWS has to answer to somebody who may everything. */
const allowed: QueryAnswers = {
  GetCallerIdentity: () => callerIdentity(account),
  DescribeReplicationGroups: () => result('DescribeReplicationGroups', '<ReplicationGroups/>'),
  DescribeCacheClusters: () =>
    result(
      'DescribeCacheClusters',
      '<CacheClusters><CacheCluster><NumCacheNodes>1</NumCacheNodes></CacheCluster></CacheClusters>',
    ),
  DescribeSnapshots: () => result('DescribeSnapshots', '<Snapshots/>'),
  DescribeCacheSubnetGroups: () => subnetGroup('us-east-1a', 'us-east-1b'),
  DescribeSecurityGroups: () => securityGroup(6379, 6379),
  SimulatePrincipalPolicy: ({ parameters }) => decisions(parameters, () => 'allowed'),
}

function subnetGroup(...zones: string[]) {
  const subnets = zones.map(
    (zone) => `<Subnet><SubnetAvailabilityZone><Name>${zone}</Name></SubnetAvailabilityZone></Subnet>`,
  )
  return result(
    'DescribeCacheSubnetGroups',
    `<CacheSubnetGroups><CacheSubnetGroup><VpcId>vpc-1</VpcId><Subnets>${subnets.join('')}</Subnets></CacheSubnetGroup></CacheSubnetGroups>`,
  )
}

/** EC2 has a shape of its own. */
const securityGroup = (from: number, to: number) => ({
  body: `<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><vpcId>vpc-1</vpcId><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>${from}</fromPort><toPort>${to}</toPort></item></ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>`,
})

function decisions(parameters: URLSearchParams, decide: (action: string) => string) {
  const actions = [...parameters]
    .filter(([name]) => name.startsWith('ActionNames.'))
    .map(([, value]) => value)
  const members = actions.map(
    (action) =>
      `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decide(action)}</EvalDecision></member>`,
  )
  return result('SimulatePrincipalPolicy', `<EvaluationResults>${members.join('')}</EvaluationResults>`)
}

/** Its findings on an AWS that differs so from one where everything is well. */
async function onAws(answers: QueryAnswers = {}, settings: Record<string, string> = {}) {
  const api = await queryApi({ ...allowed, ...answers })
  onTestFinished(() => api.close())
  return doctor({
    PLATFORM: 'aws',
    BROKER_USERNAME: 'broker',
    BROKER_PASSWORD: 'the-password-of-the-platform',
    STATE_KEYS: `test:${'5mH0gqJYvCkT9s2wXn7LrPzQbEaUdFi1K8oNtVyGhR4='}`,
    SUBNET_GROUP: 'redis',
    SECURITY_GROUPS: 'sg-1',
    TAG_BROKER: 'doctor',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: api.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...settings,
  })
}

describe('on AWS', () => {
  test('each right, the network and the clock are asked about', async () => {
    const { code, of } = await onAws()
    expect(code).toBe(0)
    expect(of('AWS')).toEqual([verdict('ok', saying(`arn:aws:iam::${account}:user/broker in us-east-1`))])
    expect(of('rights')).toContainEqual(verdict('ok', 'elasticache:DescribeCacheClusters, tried'))
    expect(of('rights')).toContainEqual(verdict('ok', 'elasticache:CreateReplicationGroup, as IAM says'))
    expect(of('rights')).toContainEqual(verdict('ok', 'ec2:CreateNetworkInterface, as IAM says'))
    expect(of('subnet group')).toEqual([verdict('ok', 'redis in vpc-1, us-east-1a, us-east-1b')])
    expect(of('security groups')).toEqual([verdict('ok', 'sg-1 in vpc-1 opens port 6379')])
    expect(of('quotas')).toContainEqual(verdict('ok', '1 node in this account and region'))
    expect(of('clock')).toEqual([verdict('ok', 'it agrees with that of AWS')])
  })

  test('a right that lacks is named', async () => {
    const lacks = 'elasticache:DeleteReplicationGroup'
    const { code, of } = await onAws({
      SimulatePrincipalPolicy: ({ parameters }) =>
        decisions(parameters, (action) => (action === lacks ? 'implicitDeny' : 'allowed')),
      DescribeCacheClusters: () => fault(403, 'AccessDenied'),
    })
    expect(code).toBe(1)
    expect(of('rights').filter((one) => one.verdict === 'failed')).toEqual([
      verdict('failed', 'elasticache:DescribeCacheClusters is not allowed'),
      verdict('failed', `${lacks} is implicitDeny`),
    ])
  })

  test('what AWS does not let it ask is no failure', async () => {
    const denied = () => fault(403, 'AccessDenied')
    const { code, of } = await onAws({
      SimulatePrincipalPolicy: denied,
      DescribeCacheSubnetGroups: denied,
      DescribeSecurityGroups: () => fault(400, 'InvalidAction'),
    })
    expect(code).toBe(0)
    expect(of('rights')).toContainEqual(
      verdict('unasked', saying('iam:SimulatePrincipalPolicy is not allowed')),
    )
    expect(of('subnet group')).toEqual([
      verdict('unasked', saying('DescribeCacheSubnetGroups is not allowed')),
    ])
    expect(of('security groups')).toEqual([verdict('unasked', saying('has no ec2:DescribeSecurityGroups'))])
  })

  test.each<[string, QueryAnswers, string, string, string]>([
    [
      'a subnet group that is not there',
      { DescribeCacheSubnetGroups: () => fault(400, 'CacheSubnetGroupNotFoundFault') },
      'subnet group',
      'failed',
      'there is no redis in us-east-1',
    ],
    [
      'subnets in one zone only',
      { DescribeCacheSubnetGroups: () => subnetGroup('us-east-1a') },
      'subnet group',
      'warning',
      'redis in vpc-1, us-east-1a',
    ],
    [
      'a security group that lets nobody in',
      { DescribeSecurityGroups: () => securityGroup(22, 22) },
      'security groups',
      'failed',
      'opens port 6379 to nobody',
    ],
    [
      'credentials of another account',
      { GetCallerIdentity: () => callerIdentity('999999999999') },
      'AWS',
      'failed',
      'AWS_ACCOUNT_ID is 111122223333',
    ],
  ])('%s', async (_what, answers, subject, found, message) => {
    const { code, of, failed } = await onAws(answers, { AWS_ACCOUNT_ID: account })
    expect(of(subject)).toEqual([verdict(found, saying(message))])
    expect(failed).toEqual(found === 'failed' ? of(subject) : [])
    expect(code).toBe(found === 'failed' ? 1 : 0)
  })

  test('a provider mirror without the version', async () => {
    const { code, of } = await onAws({}, { AWS_PROVIDER_MIRROR: directory })
    expect(code).toBe(1)
    expect(of('AWS provider')).toEqual([verdict('failed', saying('lacks version 6.25.0'))])
  })
})

test('wrong settings are named, and nothing else is looked at', async () => {
  const { code, of } = await doctor({ PORT: 'x', OPERATOR_PASWORD: 'y' })
  expect(code).toBe(1)
  expect(of('settings')).toEqual([
    verdict('failed', 'PORT must be a whole number'),
    verdict('warning', saying('Did you mean OPERATOR_PASSWORD?')),
  ])
  expect(of('Node')).toEqual([])
})

test('a certificate that nobody trusts', async () => {
  const certificate = await makeCertificate({
    commonName: 'localhost',
    authority: true,
    ipAddresses: ['127.0.0.1'],
  })
  const api = await queryApi({}, certificate)
  onTestFinished(() => api.close())
  const { of } = await doctor({ STATE_URL: api.url })
  expect(of('certificate')).toEqual([verdict('failed', saying('is not trusted'))])
})

describe('of a PostgreSQL', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  test('version, rights, latency and tables are told', async () => {
    const { of } = await doctor({ DATABASE_URL: postgres.url })
    expect(of('database')).toEqual([
      verdict('ok', expect.stringMatching(/^PostgreSQL \d+/)),
      verdict('ok', 'the role may make schemas'),
      verdict('ok', expect.stringMatching(/^a query takes \d+ ms$/)),
      expect.objectContaining({ message: expect.stringMatching(/^it takes \d+ connections$/) }),
      verdict('warning', 'its tables are not there yet'),
    ])
  })

  test('one that does not answer is a failure', async () => {
    const { code, of } = await doctor({ DATABASE_URL: 'postgresql://nobody:secret@127.0.0.1:9/none' })
    expect(code).toBe(1)
    expect(of('database')).toEqual([verdict('failed', expect.not.stringContaining('secret'))])
  })
})

const conditionOfThisVersion = [
  verdict('ok', expect.stringMatching(/^PostgreSQL \d+/)),
  verdict('ok', 'its tables are those of this version'),
]

test('an embedded database that no broker has open is told of, and not written to', async () => {
  const broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  onTestFinished(() => broker.remove())
  await broker.stop()
  const written = () => filesIn(join(broker.dataDirectory, 'database'))
  const before = await written()
  const { of } = await doctor({ DATA_DIR: broker.dataDirectory })
  expect(of('database')).toEqual([verdict('ok', saying('no broker has it open')), ...conditionOfThisVersion])
  expect(await written()).toEqual(before)
})

test('beside a running broker on one machine all is well, and nothing is left behind', async () => {
  const settings = { PORT: String(await freePort()), LOCAL_AWS_PORT: String(await freePort()) }
  const broker = await TestBroker.start(settings)
  onTestFinished(() => broker.remove())
  const { code, of } = await doctor({ ...settings, DATA_DIR: broker.dataDirectory }, broker.url)
  expect(code).toBe(0)
  expect(of('AWS')).toEqual([verdict('ok', saying('the one on this machine'))])
  expect(of('subnet group')).toEqual([verdict('ok', saying('default in '))])
  expect(of('security groups')).toEqual([verdict('unasked', saying('has no ec2:DescribeSecurityGroups'))])
  expect(of('database')).toEqual([verdict('ok', saying('a broker works on it')), ...conditionOfThisVersion])
  expect(of('states')).toEqual([verdict('ok', saying('a value was written, read and removed'))])
  expect(of('STATE_URL')).toEqual([verdict('ok', saying('states are found at'))])
  expect(broker.output).not.toContain('"level":50')
})
