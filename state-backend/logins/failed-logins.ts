import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { auth } from 'hono/utils/basic-auth'
import type { Log } from '../log.ts'

/** Failures are counted together for so long. */
const periodMs = 60_000

/** Failures in a period that are answered at once. Cloud Controller tries a wrong password five times in a row. */
const freeFailures = 30

/** Each further one waits so much longer than the one before, up to a most. */
const addedWaitMs = 1000
const longestWaitMs = 10_000

/** Limits of what is kept: counts of one period, and answers that wait. */
const mostCounted = 10_000
const mostWaiting = 1000

export interface FailedLoginsOptions {
  log: Pick<Log, 'warn'>
  /** How many proxies stand in front of the program, whose `X-Forwarded-For` is believed. */
  trustedProxies: number
  /** User names that may be logged as they are. Another one may be a password in the wrong field. */
  usernames: string[]
  /** Called at each one. @param part the first part of the path */
  failed?(part: string): void
}

/**
 * Logs and counts what was answered with 401 to a login, and slows down who tries many. Only answers to wrong logins
 * wait: a right one gets through at once, whoever tries what from the same address. To be put before all else, so
 * that no request that waits counts as one that is served.
 */
export function failedLogins(options: FailedLoginsOptions): MiddlewareHandler {
  const { log, trustedProxies, usernames, failed } = options
  const counts = new Map<string, number>()
  let begin = 0
  let waiting = 0

  /** @returns which failure of this period it is */
  function count(key: string): number {
    if (performance.now() - begin > periodMs || counts.size >= mostCounted) {
      counts.clear()
      begin = performance.now()
    }
    const number = (counts.get(key) ?? 0) + 1
    counts.set(key, number)
    return number
  }

  async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || waiting >= mostWaiting) return
    waiting++
    // Who hangs up has no answer to wait for.
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {})
    waiting--
  }

  return async function failedLogins(c, next) {
    await next()
    if (c.res.status !== 401) return
    const login = auth(c.req.raw)
    if (!login) return
    const { method, path } = c.req
    const address = clientAddress(c, trustedProxies)
    const known = usernames.includes(login.username) || path.split('/').includes(login.username)
    const user = known ? login.username : beginningOf(login.username)
    log.warn({ method, path, address, user }, 'Login failed')
    failed?.(path.split('/')[1] ?? '')
    // All unknown names are one, so that nobody gets a new count with a new name.
    const number = count(JSON.stringify([address, known && login.username]))
    await wait(Math.min((number - freeFailures) * addedWaitMs, longestWaitMs), c.req.raw.signal)
  }
}

/** Whom a request comes from: the last address that no trusted proxy has said of itself. */
function clientAddress(c: Context, trustedProxies: number): string {
  const peer = (c.env?.incoming && getConnInfo(c).remote.address) || 'unknown'
  const forwarded = (c.req.header('X-Forwarded-For') ?? '').split(',').map((address) => address.trim())
  const client = trustedProxies > 0 ? [...forwarded, peer].at(-1 - trustedProxies) : undefined
  return (client && isIP(client) ? client : peer).replace(/^::ffff:/, '')
}

function beginningOf(username: string): string {
  const characters = [...username]
  const beginning = characters
    .slice(0, 3)
    .join('')
    .replace(/[^\w.@-]/g, '?')
  return `${beginning}… (${characters.length} characters)`
}
