import { causeOf } from '../../../../state-backend/postgres/cause.ts'
import { awsClient, type CallTimeouts } from '../../../platform/aws-client.ts'
import { localAccess, usualPort } from '../../../platform/local-access.ts'
import type { Settings } from '../../../settings/settings.ts'

/** A check is no place to wait long. */
export const checkTimeouts: CallTimeouts = { connectionTimeout: 4000, requestTimeout: 10_000 }

/** The configuration of clients of the AWS SDK, on either platform. */
export function awsOptions(settings: Settings) {
  const local = localEndpoint(settings)
  return { ...awsClient(settings.AWS_REGION, checkTimeouts), ...(local ? localAccess(local) : {}) }
}

function localEndpoint({ PLATFORM, LOCAL_AWS_PORT }: Settings): string | undefined {
  return PLATFORM === 'aws' ? undefined : `http://127.0.0.1:${LOCAL_AWS_PORT || usualPort}`
}

/** The outcome of a call: an answer, or why there is none. */
export type Asked<T> = { answer: T } | Refused

export interface Refused {
  refused: 'right' | 'action' | 'silence'
  /** In AWS's words. */
  said: string
}

const noRight =
  /^(AccessDenied(Exception|Fault)?|UnauthorizedOperation|NotAuthorized|Client\.UnauthorizedOperation)$/
/** The last one: XML where an answer in JSON was to come. */
const noAction = /^(InvalidAction|UnknownOperationException|UnknownOperation|SyntaxError)$/

/** Calls AWS and tells a right that lacks from an endpoint that does not have the action, as one of a test may. */
export async function asked<T>(call: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { answer: await call() }
  } catch (error) {
    // A fetch tells its reason in the cause.
    const { cause } = error as Error
    const { name, message } = causeOf(cause instanceof Error ? cause : (error as Error))
    const said = `${name}: ${message}`.replaceAll(/\s+/g, ' ')
    if (noRight.test(name)) return { refused: 'right', said }
    return { refused: noAction.test(name) ? 'action' : 'silence', said }
  }
}

/** Why something could not be asked, and what to do. @param right as policies name it */
export function whyUnasked({ refused, said }: Refused, right: string): [why: string, advice: string] {
  if (refused === 'right') return [`${right} is not allowed`, `Allow ${right}, which only looks.`]
  if (refused === 'action') return [`what answers there has no ${right}`, 'On AWS it can be.']
  return [said, 'See what is said of AWS.']
}

/** Where a service answers, for what goes there without its SDK. */
export function addressOf(service: 'ec2' | 'elasticache', settings: Settings): string {
  const local = localEndpoint(settings)
  if (local) return local
  const { AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT } = process.env
  const given = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? AWS_ENDPOINT_URL
  if (given) return given
  const region = settings.AWS_REGION
  const fips = AWS_USE_FIPS_ENDPOINT === 'true' ? '-fips' : ''
  return `https://${service}${fips}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}
