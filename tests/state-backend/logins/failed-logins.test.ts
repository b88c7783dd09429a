import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { failedLogins } from '../../../state-backend/logins/failed-logins.ts'
import { freePort } from '../../support/free-port.ts'

/** The addresses that are logged of a wrong login with this `X-Forwarded-For`. */
async function addressBehind(trustedProxies: number, forwarded: string): Promise<unknown> {
  const logged: object[] = []
  const log = { warn: (fields: object) => logged.push(fields) }
  const app = new Hono()
  app.use(failedLogins({ log, trustedProxies, usernames: [] }))
  app.get('/state/some', (c) => c.body(null, 401))
  const port = await freePort()
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port })
  await once(server, 'listening')
  try {
    const headers = { Authorization: `Basic ${btoa('somebody:x')}`, 'X-Forwarded-For': forwarded }
    await fetch(`http://127.0.0.1:${port}/state/some`, { headers })
    return (logged[0] as { address: string }).address
  } finally {
    server.close()
  }
}

test.each([
  { proxies: 0, forwarded: '10.0.0.1', address: '127.0.0.1', what: 'nobody is believed' },
  { proxies: 1, forwarded: '10.0.0.1', address: '10.0.0.1', what: 'the proxy says who asks it' },
  {
    proxies: 1,
    forwarded: '6.6.6.6, 10.0.0.1',
    address: '10.0.0.1',
    what: 'who asks can put nothing before it',
  },
  {
    proxies: 2,
    forwarded: '6.6.6.6, 10.0.0.1, 10.0.0.2',
    address: '10.0.0.1',
    what: 'each says the one before',
  },
  { proxies: 1, forwarded: 'my password', address: '127.0.0.1', what: 'what is no address is not logged' },
])('a guesser behind $proxies trusted proxies: $what', async ({ proxies, forwarded, address }) => {
  expect(await addressBehind(proxies, forwarded)).toBe(address)
})
