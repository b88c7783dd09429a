import { awsProvider } from '../../stacks/aws-provider.ts'
import { isLoopback, weakLogins } from '../../state-backend/logins/logins.ts'
import type { Settings } from './settings.ts'

/** Contradictions between settings that are each right by themselves: a line each. */
export function contradictions(settings: Settings): string[] {
  const { broker, operator, reader, STATE_BACKEND } = settings
  const local = settings.PLATFORM === 'local'
  const exposed = !local || !isLoopback(settings.HOST)
  const rules: [wrong: boolean, message: string][] = [
    [Boolean(reader && !operator), 'READER_USERNAME needs OPERATOR_USERNAME beside it'],
    [
      !settings.ENGINE_VERSIONS.includes(settings.DEFAULT_ENGINE_VERSION),
      'DEFAULT_ENGINE_VERSION must be one of ENGINE_VERSIONS',
    ],
    [
      STATE_BACKEND === 's3' && !settings.STATE_S3_BUCKET,
      'STATE_S3_BUCKET must be set with STATE_BACKEND=s3',
    ],
    [STATE_BACKEND === 'pg' && !settings.STATE_PG_URL, 'STATE_PG_URL must be set with STATE_BACKEND=pg'],
    [
      (settings.DRIFT_WEBHOOK_URL === undefined) !== (settings.DRIFT_WEBHOOK_SECRET === undefined),
      'DRIFT_WEBHOOK_URL and DRIFT_WEBHOOK_SECRET go together',
    ],
    [
      local &&
        (settings.AWS_PROVIDER_VERSION !== awsProvider.version || settings.AWS_PROVIDER_MIRROR !== undefined),
      'AWS_PROVIDER_VERSION and AWS_PROVIDER_MIRROR are for PLATFORM=aws: one machine has a provider of its own',
    ],
    [
      !local && settings.STATE_KEYS === undefined,
      'STATE_KEYS must be set on PLATFORM=aws: make a key with echo "$(date +%Y-%m):$(openssl rand -base64 32)" and keep it',
    ],
  ]
  return [
    // That it is missing is told already.
    ...weakLogins(
      { BROKER: broker.username && broker.password ? broker : undefined, OPERATOR: operator, READER: reader },
      exposed,
    ),
    ...rules.flatMap(([wrong, message]) => (wrong ? [message] : [])),
  ]
}
