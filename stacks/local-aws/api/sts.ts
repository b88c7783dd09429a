import { randomUUID } from 'node:crypto'
import { Fault } from '../service/faults.ts'
import type { Action } from './action.ts'

/** Milliseconds. */
const HOUR = 3_600_000

/** The part of AWS's Security Token Service that clients of ElastiCache ask: who am I, and let me be somebody else. */
export const stsActions: Record<string, Action> = {
  GetCallerIdentity: (_query, { account, accessKey }) => ({
    Arn: `arn:aws:iam::${account}:user/${accessKey}`,
    UserId: accessKey,
    Account: account,
  }),

  AssumeRole(query) {
    const role = query.required('RoleArn')
    const session = query.required('RoleSessionName')
    const [, account, name] = /^arn:aws[\w-]*:iam::(\d{12}):role\/(.+)$/.exec(role) ?? []
    if (!account) throw new Fault('InvalidParameterValue', `${role} is not the ARN of a role.`)
    return {
      Credentials: {
        // A key of the role's account, as signature.ts reads it.
        AccessKeyId: `account-${account}`,
        SecretAccessKey: randomUUID(),
        SessionToken: randomUUID(),
        Expiration: new Date(Date.now() + HOUR),
      },
      AssumedRoleUser: {
        AssumedRoleId: `ROLE:${session}`,
        Arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
      },
    }
  },
}
