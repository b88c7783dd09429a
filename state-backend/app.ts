import { createHash } from 'node:crypto'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Authenticated, access } from './access.ts'
import { atMost } from './at-most.ts'
import { deleteState, writeState } from './changes.ts'
import { REFUSALS, StateBackendError } from './errors.ts'
import { parseLockInfo } from './lock-info.ts'
import { lock, unlock } from './locks.ts'
import type { OperatorAccess } from './logins/operator-access.ts'
import { causeOf } from './postgres/cause.ts'
import { isStorable } from './postgres/storable.ts'
import type { Store } from './store.ts'
import { readCurrent } from './versions.ts'

/** Terraform's lock info is some hundred bytes. */
const LOCK_INFO_BYTES = 64 * 1024

/**
 * Terraform's HTTP state protocol: the state of a stack at `/:stack`, its lock at `/:stack/lock`.
 * Terraform's default methods, LOCK and UNLOCK, are served.
 */
export function createApp(
  store: Store,
  operatorAccess: OperatorAccess,
  operatorWrote: (stack: string) => void,
): Hono<Authenticated> {
  const { limits, log } = store
  const app = new Hono<Authenticated>()
  const stackOf = (c: Context) => c.req.param('stack') as string

  app.use(atMost(limits.requestsAtOnce))
  app.use('/:stack', access(store, operatorAccess))
  app.use('/:stack/lock', access(store, operatorAccess))

  app.get('/:stack', async (c) => {
    const state = await readCurrent(store, stackOf(c))
    const { name, grant } = c.get('caller')
    // Attempts read all the time, and only what is theirs.
    if (grant === undefined) log.info({ stack: stackOf(c), by: name }, 'State read')
    c.header('Cache-Control', 'no-store')
    // Not 404: that is also what a wrong address gives, and terraform takes it for a stack without a state.
    if (!state) return c.body(null, 204)
    c.header('Content-Type', 'application/json')
    c.header('Content-MD5', md5(state))
    return c.body(new Uint8Array(state))
  })

  app.post('/:stack', limited(limits.stateBytes), async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer())
    requireIntact(body, c.req.header('Content-MD5'))
    const caller = c.get('caller')
    await writeState(store, stackOf(c), body, lockIdOf(c), caller)
    // Once the answer is on its way: whoever is told begins with work of its own.
    if (caller.grant === undefined) setImmediate(operatorWrote, stackOf(c))
    return done(c)
  })

  app.delete('/:stack', async (c) => {
    await deleteState(store, stackOf(c), lockIdOf(c), c.get('caller'))
    return done(c)
  })

  app.on('LOCK', '/:stack/lock', limited(LOCK_INFO_BYTES), async (c) => {
    const info = parseLockInfo(await c.req.text())
    const other = await lock(store, stackOf(c), info, c.get('caller'))
    // Terraform shows its user the holder's info, of which Info is free for our own name of the holder.
    return other ? c.json({ ...other.info, Info: other.holder }, REFUSALS.locked) : done(c)
  })

  app.on('UNLOCK', '/:stack/lock', limited(LOCK_INFO_BYTES), async (c) => {
    const body = await c.req.text()
    const id = body === '' ? undefined : parseLockInfo(body).ID
    await unlock(store, stackOf(c), id, c.get('caller'))
    return done(c)
  })

  app.onError((error, c) => {
    const request = { method: c.req.method, stack: c.req.param('stack') }
    if (error instanceof StateBackendError) {
      log.warn({ ...request, reason: error.reason, by: c.get('caller')?.name }, `Refused: ${error.message}`)
      if (error.reason === 'unauthenticated') c.header('WWW-Authenticate', 'Basic realm="Terraform state"')
      if (error.reason === 'busy') c.header('Retry-After', '1')
      return c.text(`${error.message}\n`, REFUSALS[error.reason] as ContentfulStatusCode)
    }
    log.error({ ...request, error: causeOf(error).message }, 'State request failed')
    return c.text('The state backend failed. The request may be repeated.\n', 500)
  })

  return app
}

/** @throws StateBackendError `malformed` for one that no lock can have */
function lockIdOf(c: Context): string | undefined {
  const id = c.req.query('ID')
  if (id === undefined || isStorable(id)) return id
  throw new StateBackendError('malformed', 'The lock id holds characters that are not allowed.')
}

/** Without the length, Node ends the answer with an empty chunk. Terraform does not read it, and connects anew. */
function done(c: Context) {
  return c.body(null, 200, { 'Content-Length': '0' })
}

/** Refuses a larger body. Only one that does not tell its length is counted: Hono reads it as a web stream for that. */
function limited(maxSize: number): MiddlewareHandler {
  const count = bodyLimit({ maxSize, onError: () => tooLarge(maxSize) })
  return async function limited(c, next) {
    const length = c.req.header('Transfer-Encoding') ? undefined : c.req.header('Content-Length')
    if (length === undefined) return count(c, next)
    if (Number(length) > maxSize) tooLarge(maxSize)
    return next()
  }
}

function requireIntact(body: Uint8Array, checksum: string | undefined): void {
  if (checksum === undefined) throw new StateBackendError('malformed', 'The header Content-MD5 is missing.')
  if (checksum !== md5(body)) {
    throw new StateBackendError(
      'malformed',
      'The body does not match its Content-MD5: it was damaged on the way.',
    )
  }
}

function tooLarge(limit: number): never {
  throw new StateBackendError('tooLarge', `The body is larger than the limit of ${limit} bytes.`)
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64')
}
