import { DescribeReplicationGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Settings } from '../settings/settings.ts'
import { awsClient, type CallTimeouts } from './aws-client.ts'

type Access = Pick<Settings, 'AWS_REGION' | 'AWS_ACCOUNT_ID'>

/**
 * To be called at the start.
 * @throws Error for operators: one sentence that names the setting, unless AWS lets the broker in, and to the account
 * of the settings
 */
export async function requireAccess(
  { AWS_REGION: region, AWS_ACCOUNT_ID: account }: Access,
  timeouts?: CallTimeouts,
) {
  const options = awsClient(region, timeouts)
  const identity = await ask('STS', region, new STSClient(options), async (client) => {
    const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}))
    return Account && Arn ? { account: Account, arn: Arn } : undefined
  })
  if (account && identity.account !== account) {
    const found = `those of ${identity.arn} in the AWS account ${identity.account}`
    throw new Error(`AWS_ACCOUNT_ID is ${account}, but the broker's credentials are ${found}.`)
  }
  await ask('ElastiCache', region, new ElastiCacheClient(options), async (client) => {
    const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ MaxRecords: 20 }))
    return ReplicationGroups
  })
}

/** @param call undefined when what answers is not AWS: the SDK takes any page for an answer without content */
async function ask<Client extends { destroy(): void }, Answer>(
  service: 'STS' | 'ElastiCache',
  region: string,
  client: Client,
  call: (client: Client) => Promise<Answer | undefined>,
): Promise<Answer> {
  try {
    const answer = await call(client)
    if (answer === undefined) throw new Error('what answers there is not AWS')
    return answer
  } catch (error) {
    throw new Error(refusal(service, region, error as Error))
  } finally {
    client.destroy()
  }
}

const credentialsSettings = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE'

function refusal(
  service: 'STS' | 'ElastiCache',
  region: string,
  error: Error & { $metadata?: { httpStatusCode?: number } },
): string {
  const { name, message } = causeOf(error)
  const said = (name === 'Error' ? message : `${name}: ${message}`).replaceAll(/\s+/g, ' ')
  const status = error.$metadata?.httpStatusCode ?? 0
  if (name === 'CredentialsProviderError') {
    return `The broker has no credentials for AWS, set ${credentialsSettings} (${said}).`
  }
  if (name === 'AccessDenied' && service === 'ElastiCache') {
    return `AWS does not let the broker look at replication groups, give its credentials the rights of docs/iam-policy.json (${said}).`
  }
  if ([400, 401, 403].includes(status) && !/Throttl|Limit/.test(name)) {
    return `AWS refuses the broker's credentials, check ${credentialsSettings}, and whether they are for AWS_REGION ${region} (${said}).`
  }
  const own = `AWS_ENDPOINT_URL_${service.toUpperCase()}`
  const endpoint = process.env[own] ?? process.env.AWS_ENDPOINT_URL
  return (
    `AWS does not answer for ${service} ${endpoint ? `at ${endpoint}` : `in ${region}`}, ` +
    `check AWS_REGION, ${own}, AWS_ENDPOINT_URL and AWS_CA_BUNDLE (${said}).`
  )
}
