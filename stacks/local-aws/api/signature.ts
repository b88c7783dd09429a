import { ACCOUNT } from '../service/account.ts'
import { Fault } from '../service/faults.ts'

/** Who sends a request, and to which region. */
export interface Caller {
  account: string
  region: string
  /** As AWS signs for it: elasticache, monitoring, logs. */
  service: string
  accessKey: string
}

const SCOPE = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request\b/

/**
 * Reads the scope of a signature. The signature itself proves nothing here: whoever reaches this address may do all. An
 * access key such as `account-111111111111` is of that account, any other one of the account that owns the groups.
 *
 * @throws Fault when the request is not signed
 */
export function callerOf(authorization: string | undefined): Caller {
  const [, accessKey, region, service = ''] = SCOPE.exec(authorization ?? '') ?? []
  if (!accessKey || !region) {
    throw new Fault('MissingAuthenticationToken', 'The request must be signed: it carries no credentials.')
  }
  return { accessKey, region, service, account: /^account-(\d{12})$/.exec(accessKey)?.[1] ?? ACCOUNT }
}
