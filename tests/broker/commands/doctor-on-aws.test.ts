import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { callerIdentity, fault, type QueryAnswers, queryApi } from '../../support/query-api.ts'
import { account, allowed, decisions, securityGroup, subnetGroup } from './doctor/answers.ts'
import { directory, doctor, makeHome, saying, verdict } from './doctor/run.ts'

makeHome()

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
  expect(of('subnet group')).toEqual([verdict('unasked', saying('DescribeCacheSubnetGroups is not allowed'))])
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

test('what plans have of their own is looked at as well, and what lacks is named with the plan', async () => {
  const file = join(directory, 'plans.json')
  const [key, own] = ['arn:aws:kms:us-east-1:111122223333:key/k', 'private']
  const plan = { id: 'p', description: 'a plan', nodes: 1, nodeType: 'cache.t3.micro', memory: '512 MB' }
  const place = { subnetGroup: own, securityGroups: ['sg-2'], kmsKeyId: key }
  writeFileSync(
    file,
    JSON.stringify([
      { ...plan, name: 'redis-dev' },
      { ...plan, id: 'q', name: 'sessions', ...place },
    ]),
  )
  const groups: string[] = []
  const { of } = await onAws(
    {
      DescribeCacheSubnetGroups: ({ parameters }) =>
        parameters.get('CacheSubnetGroupName') === own
          ? fault(400, 'CacheSubnetGroupNotFoundFault')
          : subnetGroup('us-east-1a', 'us-east-1b'),
      DescribeSecurityGroups: ({ parameters }) => {
        groups.push(...['GroupId.1', 'GroupId.2'].map((name) => parameters.get(name) ?? ''))
        return securityGroup(6379, 6379)
      },
    },
    { PLANS_FILE: file },
  )
  expect(of('subnet group')).toEqual([
    verdict('ok', saying('redis in vpc-1')),
    expect.objectContaining({ message: 'there is no private in us-east-1', advice: saying('of sessions.') }),
  ])
  expect(groups).toEqual(['sg-1', 'sg-2'])
  expect(of('rights')).toContainEqual(verdict('ok', 'kms:CreateGrant, as IAM says'))
})

test('a provider mirror without the version', async () => {
  const { code, of } = await onAws({}, { AWS_PROVIDER_MIRROR: directory })
  expect(code).toBe(1)
  expect(of('AWS provider')).toEqual([verdict('failed', saying('lacks version 6.25.0'))])
})
