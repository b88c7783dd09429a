import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { OperationType } from '../instances/operation.ts'
import type { Log } from '../log.ts'

interface Refusal {
  status: ContentfulStatusCode
  /** The specification's code, where it has one. Cloud Controller acts on it. */
  code?: 'AsyncRequired' | 'ConcurrencyError' | 'MaintenanceInfoConflict'
  /** What the log calls it. */
  event: string
}

/**
 * Everything that a platform can be told instead of what it asked for. Wrong parameters are a 400: on a
 * 422 without a known code Cloud Controller would delete the instance.
 */
const refusals = {
  malformed: { status: 400, event: 'request-malformed' },
  invalid: { status: 400, event: 'request-invalid' },
  versionMissing: { status: 400, event: 'api-version-missing' },
  unauthorized: { status: 401, event: 'unauthorized' },
  notFound: { status: 404, event: 'not-found' },
  conflict: { status: 409, event: 'conflict' },
  gone: { status: 410, event: 'gone' },
  versionUnsupported: { status: 412, event: 'api-version-unsupported' },
  tooLarge: { status: 413, event: 'request-too-large' },
  impossible: { status: 422, event: 'impossible-in-this-state' },
  asyncRequired: { status: 422, code: 'AsyncRequired', event: 'async-required' },
  concurrency: { status: 422, code: 'ConcurrencyError', event: 'operation-in-progress' },
  maintenanceInfo: { status: 422, code: 'MaintenanceInfoConflict', event: 'maintenance-info-conflict' },
  internal: { status: 500, event: 'internal-error' },
} as const satisfies Record<string, Refusal>

export type RefusalName = keyof typeof refusals

/** Thrown anywhere while a request is answered; `renderError` makes the response of it. */
export class OsbError extends Error {
  readonly refusal: Refusal

  /** @param description for the platform's user: what is wrong and what to do, without secrets */
  constructor(name: RefusalName, description: string) {
    super(description)
    this.refusal = refusals[name]
  }
}

/** The app's `onError`. What is not known goes to the log as a whole and to the platform without its text. */
export function renderError(log: Log) {
  return (error: Error, c: Context): Response => {
    const known = asOsbError(error, c)
    const { status, code, event } = known.refusal
    if (status < 500) log.info({ event, path: c.req.path, description: known.message }, 'refused')
    else log.error({ event, path: c.req.path, err: error }, 'failed')
    return c.json({ ...(code ? { error: code } : {}), description: known.message }, status)
  }
}

function asOsbError(error: Error, c: Context): OsbError {
  if (error instanceof OsbError) return error
  // Only the check of the login throws these. Its challenge is part of the answer.
  if (error instanceof HTTPException) {
    c.header('WWW-Authenticate', error.getResponse().headers.get('WWW-Authenticate') ?? '')
    return new OsbError('unauthorized', 'Wrong user name or password.')
  }
  return new OsbError('internal', 'The broker failed. Please tell the operators of the platform.')
}

export const asyncRequired = () =>
  new OsbError('asyncRequired', 'This takes minutes. Send accepts_incomplete=true and poll last_operation.')

const doing = {
  provision: 'created',
  update: 'updated',
  deprovision: 'deleted',
  forget: 'taken from the broker by its operators',
} as const

/** @param type what is being done to the instance meanwhile */
export const concurrency = (type: OperationType) =>
  new OsbError(
    'concurrency',
    `The instance is being ${doing[type]}. Wait until that has ended and try again.`,
  )
