/**
 * The least that a broker could be, as a program: Hono's handlers without checks and records, on the PostgreSQL of the
 * first argument. Prints its address.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { Pool } from 'pg'
import { pino } from 'pino'
import { loadCatalog } from '../../broker/catalog/catalog.ts'
import { readSettings } from '../../broker/settings/read.ts'
import { isLogin } from '../../state-backend/logins/logins.ts'

const pool = new Pool({ connectionString: process.argv[2], max: 20 })
await pool.query(
  'create table if not exists bound (id text primary key, instance text, created timestamptz default now())',
)
await pool.query(
  "create table if not exists states (instance text primary key, state text default 'succeeded')",
)
await pool.query("insert into states (instance) values ('one') on conflict do nothing")
const catalog = loadCatalog(readSettings({}))
const credentials = { hostname: 'redis.example', port: 6379, password: 'x'.repeat(64) }

const app = new Hono()
app.get('/v2/catalog', (c) => c.json(catalog.body))
app.get('/v2/service_instances/:instance/last_operation', (c) =>
  c.json({ state: 'succeeded', description: 'Redis 6.2 is ready.' }),
)
const lookedUp = async () => {
  const { rows } = await pool.query('select state from states where instance = $1', ['one'])
  return { state: rows[0]?.state, description: 'Redis 6.2 is ready.' }
}
app.get('/with-a-select', async (c) => c.json(await lookedUp()))
// What a broker can't do without: it knows who asks, and writes a line for each request.
const log = pino(pino.destination({ sync: true }))
const broker = { username: 'broker', password: 'broker' }
const login = basicAuth({ verifyUser: (username, password) => isLogin(broker, username, password) })
app.get('/with-a-login-and-a-line', login, async (c) => {
  const found = await lookedUp()
  log.info({ method: c.req.method, path: c.req.path, status: 200 }, 'request')
  return c.json(found)
})
app.put('/v2/service_instances/:instance/service_bindings/:binding', async (c) => {
  await c.req.json()
  const { instance, binding } = c.req.param()
  await pool.query('insert into bound (id, instance) values ($1, $2)', [binding, instance])
  return c.json({ credentials }, 201)
})

// A binding has to look first whether there is an instance.
app.put('/with-a-select/:instance/service_bindings/:binding', async (c) => {
  await c.req.json()
  const { instance, binding } = c.req.param()
  await lookedUp()
  await pool.query('insert into bound (id, instance) values ($1, $2)', [binding, instance])
  return c.json({ credentials }, 201)
})

// A state backend with one statement for a request: no login, no check, no version, nothing encrypted.
await pool.query('create table if not exists kept (stack text primary key, state text, locked text)')
app.get('/state/:stack', async (c) => {
  const { rows } = await pool.query('select state from kept where stack = $1', [c.req.param('stack')])
  return rows[0]?.state ? c.body(rows[0].state) : c.body(null, 204)
})
app.post('/state/:stack', async (c) => {
  const state = 'insert into kept (stack, state) values ($1, $2) on conflict (stack) do update set state = $2'
  await pool.query(state, [c.req.param('stack'), await c.req.text()])
  return c.body(null, 200)
})
for (const method of ['LOCK', 'UNLOCK']) {
  const lock =
    'insert into kept (stack, locked) values ($1, $2) on conflict (stack) do update set locked = $2'
  app.on(method, '/state/:stack/lock', async (c) => {
    await pool.query(lock, [c.req.param('stack'), method === 'LOCK' ? await c.req.text() : null])
    return c.body(null, 200)
  })
}

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
await once(server, 'listening')
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
