import { DescribeReplicationGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { requireAccess } from '../../../platform/aws-access.ts'
import type { Settings } from '../../../settings/settings.ts'
import { about, type Check } from '../check.ts'
import { addressOf, asked, awsOptions, checkTimeouts } from './access.ts'

/** Who the broker is to AWS. */
export interface Identity {
  account: string
  arn: string
}

export async function identityOf(settings: Settings): Promise<Identity | undefined> {
  const client = new STSClient(awsOptions(settings))
  const found = await asked(() => client.send(new GetCallerIdentityCommand({})))
  client.destroy()
  if (!('answer' in found)) return undefined
  const { Account: account, Arn: arn } = found.answer
  return account && arn ? { account, arn } : undefined
}

export const access: Check = {
  subject: 'AWS',
  async run(settings) {
    const { ok, failed, unasked } = about('AWS')
    if (settings.PLATFORM === 'local') return local(settings)
    const { AWS_REGION, AWS_ACCOUNT_ID } = settings
    try {
      await requireAccess({ AWS_REGION, AWS_ACCOUNT_ID }, checkTimeouts)
    } catch (error) {
      return failed((error as Error).message, 'See docs/operators.md, Access to AWS.')
    }
    const identity = await identityOf(settings)
    if (!identity) return unasked('sts:GetCallerIdentity', 'Try again.')
    const whose = AWS_ACCOUNT_ID ? 'the one of AWS_ACCOUNT_ID' : 'any, since AWS_ACCOUNT_ID is not set'
    return ok(`${identity.arn} in ${AWS_REGION}; the account is ${identity.account}, ${whose}`)
  },
}

async function local(settings: Settings) {
  const { ok, unasked } = about('AWS')
  const client = new ElastiCacheClient({ ...awsOptions(settings), maxAttempts: 1 })
  const found = await asked(() => client.send(new DescribeReplicationGroupsCommand({})))
  client.destroy()
  return 'answer' in found && found.answer.ReplicationGroups
    ? ok(`the one on this machine, at ${addressOf('elasticache', settings)}`)
    : unasked(
        'no AWS answers on this machine',
        'It is there while a broker runs. Set LOCAL_AWS_PORT where that uses another port.',
      )
}
