import type { MiddlewareHandler } from 'hono'
import { Fault } from '../service/faults.ts'

/**
 * Keeps the pages of a browser out. The announced access key is no secret, and a page whose own name has come to mean
 * a loopback address (DNS rebinding) could sign with it and read the answers. Programs ask for this machine by one of
 * its own names, and name no page that they come from.
 */
export const programsOnly: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? ''
  const url = `http://${host}`
  if (!URL.canParse(url) || !ownNames.test(new URL(url).hostname) || c.req.header('origin') !== undefined)
    throw new Fault('AccessDenied', 'Only programs on this machine may ask, at http://127.0.0.1.')
  await next()
}

/** As `URL` writes them: `0x7f.1` is 127.0.0.1 by then. */
const ownNames = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
