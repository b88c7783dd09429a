import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type Refusal, refusals } from './refusals.ts'

export type RefusalName = keyof typeof refusals

/** The values that a refusal's description is made with. */
type Values<N extends RefusalName> = (typeof refusals)[N]['description'] extends (
  ...values: infer V
) => string
  ? V
  : []

/** Thrown anywhere while a request is answered; `renderError` makes the response of it. */
export class OsbError<N extends RefusalName = RefusalName> extends Error {
  readonly refusal: Refusal

  constructor(name: N, ...values: Values<N>) {
    const refusal: Refusal = refusals[name]
    const { description } = refusal
    super(typeof description === 'string' ? description : description(...(values as never[])))
    this.refusal = refusal
  }
}

/** The app's `onError`. What is not known goes to the log as a whole and to the platform without its text. */
export function renderError(error: Error, c: Context): Response {
  const known = asOsbError(error, c)
  const { status, code, event } = known.refusal
  if (status < 500) c.var.log.info({ event, description: known.message }, 'refused')
  else c.var.log.error({ event, err: error }, 'failed')
  return c.json({ ...(code ? { error: code } : {}), description: known.message }, status)
}

function asOsbError(error: Error, c: Context): OsbError {
  if (error instanceof OsbError) return error
  // Only the check of the login throws these. Its challenge is part of the answer.
  if (error instanceof HTTPException) {
    c.header('WWW-Authenticate', error.getResponse().headers.get('WWW-Authenticate') ?? '')
    return new OsbError('unauthorized')
  }
  return new OsbError('internal')
}
