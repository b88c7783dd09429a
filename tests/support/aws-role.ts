import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { result } from './query-api.ts'

/** A role that a broker works as, and what STS answers to who assumes it. */
export const role = {
  arn: 'arn:aws:iam::111122223333:role/redis-broker',
  externalId: 'acme',
  /** The access key of who may assume it, and the one that comes with the role. */
  sourceKey: 'AKIASOURCE',
  key: 'ASIAROLE',
  credentials: result(
    'AssumeRole',
    '<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>' +
      '<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>',
  ),
}

/** Writes AWS's config file as docs/operators.md shows it. @returns the environment that names it */
export async function useRole(directory: string) {
  const file = join(directory, 'config')
  await writeFile(
    file,
    `[profile source]
aws_access_key_id = ${role.sourceKey}
aws_secret_access_key = secret

[profile redis-broker]
role_arn = ${role.arn}
external_id = ${role.externalId}
source_profile = source
`,
  )
  return {
    AWS_CONFIG_FILE: file,
    AWS_PROFILE: 'redis-broker',
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  }
}
