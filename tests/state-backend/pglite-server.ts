import { PGlite } from '@electric-sql/pglite'
import { serve } from '@hono/node-server'
import { drizzle } from 'drizzle-orm/pglite'
import { Hono } from 'hono'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../state-backend/index.ts'
import { operatorAccess } from '../support/state-client.ts'

/** The state backend on a PGlite directory, as a process that a test can kill. */
const { DIRECTORY, STATE_KEYS, PORT } = process.env as Record<string, string>
const backend = await StateBackend.open({
  db: drizzle(await PGlite.create(DIRECTORY as string)),
  keyRing: KeyRing.parse(STATE_KEYS as string),
  operatorAccess,
})
serve({ fetch: new Hono().route('/state', backend.app).fetch, hostname: '127.0.0.1', port: Number(PORT) })
