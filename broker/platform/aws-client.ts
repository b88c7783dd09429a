import { readFileSync } from 'node:fs'

/** Milliseconds that one try of a call gets; the SDK makes three. */
export interface CallTimeouts {
  connectionTimeout: number
  requestTimeout: number
}

/**
 * The configuration of every client of the AWS SDK. Credentials, roles, FIPS and other endpoints come from AWS's own
 * environment variables and files, as for terraform.
 */
export function awsClient(
  region: string,
  timeouts: CallTimeouts = { connectionTimeout: 5000, requestTimeout: 20_000 },
) {
  return {
    region,
    // Slows down by itself when AWS says that it is asked for too much.
    retryMode: 'adaptive',
    requestHandler: {
      ...timeouts,
      // Without it a call that nobody answers never ends: the SDK only logs it.
      throwOnRequestTimeout: true,
      ...caBundle(),
    },
  }
}

/** The authorities of AWS_CA_BUNDLE, which the SDK does not read by itself, unlike AWS's other programs. */
function caBundle(): { httpsAgent?: { ca: Buffer } } {
  const { AWS_CA_BUNDLE: file } = process.env
  if (!file) return {}
  try {
    return { httpsAgent: { ca: readFileSync(file) } }
  } catch (error) {
    throw new Error(`AWS_CA_BUNDLE can't be read (${(error as Error).message}).`)
  }
}
