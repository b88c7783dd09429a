import { setTimeout as sleep } from 'node:timers/promises'
import pMap from 'p-map'
import { DatabaseError, escapeIdentifier } from 'pg'
import { parseState, type TerraformState } from '../../state-backend/index.ts'
import { openPool } from '../../state-backend/postgres/pool.ts'
import type { Log } from '../logging/log.ts'
import { readEach } from './read-many.ts'
import type { States } from './states.ts'

export interface PgOptions {
  /** Secret: it may hold a password. */
  url: string
  /** Every stack has a schema of its own: this and the stack's name. */
  schemaPrefix: string
  log: Log
}

/** Terraform has one state a schema and workspace, and this is the one workspace that is always there. */
const workspace = 'default'

/** At most. Who waits longer for one than the pool allows is refused, so that no more is asked at a time. */
const connections = 4

/** A connection that was told to end has ended by then. */
const connectionEndMs = 5000

/**
 * Terraform's `pg` backend. Its locks are advisory locks of its own connection, so that one ends with the
 * process that took it. Nothing keeps a process out that goes on elsewhere.
 */
export function pgStates({ url, schemaPrefix, log }: PgOptions): States {
  const pool = openPool(url, log, { setting: 'STATE_PG_URL', max: connections })
  const schemaOf = (stack: string) => schemaPrefix + stack
  const table = (stack: string) => `${escapeIdentifier(schemaOf(stack))}.states`

  async function readBytes(stack: string): Promise<Uint8Array | undefined> {
    const found = await pool
      .query(`select data from ${table(stack)} where name = $1`, [workspace])
      .catch(unlessMissing)
    const data: string | undefined = found?.rows[0]?.data
    return data ? new TextEncoder().encode(data) : undefined
  }

  async function read(stack: string): Promise<TerraformState | undefined> {
    const body = await readBytes(stack)
    return body && parseState(body)
  }

  /** Whether there is a state: an init alone makes the table, and leaves it empty. */
  async function hasState(stack: string): Promise<boolean> {
    const found = await pool
      .query(`select 1 from ${table(stack)} where name = $1 and data <> ''`, [workspace])
      .catch(unlessMissing)
    return found?.rows.length === 1
  }

  async function holderProcess(stack: string) {
    const holder = await pool
      .query(
        `select a.pid, a.usename, a.client_addr, a.backend_start
         from pg_locks l join pg_stat_activity a using (pid) join ${table(stack)} s on s.name = $1
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1
           and (l.classid::bigint << 32 | l.objid::bigint) = s.id
           and l.database = (select oid from pg_database where datname = current_database())`,
        [workspace],
      )
      .catch(unlessMissing)
    return holder?.rows[0] as
      | { pid: number; usename: string; client_addr: string | null; backend_start: Date }
      | undefined
  }

  return {
    kind: 'pg',
    location: (stack) => ({ type: 'pg', schema: schemaOf(stack) }),
    access: async () => ({ environment: { PG_CONN_STR: url }, end: async () => {} }),
    // There are no credentials for it but the broker's own.
    endReads: async () => {},
    read,
    readMany: (stacks) => readEach(stacks, read),
    readBytes,
    async remove(stack) {
      await pool.query(`drop schema if exists ${escapeIdentifier(schemaOf(stack))} cascade`)
    },
    async lockHolder(stack) {
      const process = await holderProcess(stack)
      if (!process) return undefined
      const holder = `${process.usename} from ${process.client_addr ?? 'the same machine'}`
      return { holder, info: { ID: String(process.pid), Created: process.backend_start.toISOString() } }
    },
    async unlock(stack, id, by) {
      const process = await holderProcess(stack)
      if (!process) return true
      if (String(process.pid) !== id) return false
      await pool.query('select pg_terminate_backend($1)', [process.pid])
      // The connection is only told to end: its lock goes with it, a moment later.
      const deadline = Date.now() + connectionEndMs
      while ((await holderProcess(stack))?.pid === process.pid && Date.now() < deadline) await sleep(20)
      log.warn({ stack, connection: process.pid, by }, 'State lock forced open: its connection was ended')
      return true
    },
    async stacks() {
      const { rows } = await pool.query<{ name: string }>(
        `select substr(schemaname, $1) as name from pg_tables
         where tablename = 'states' and starts_with(schemaname, $2) order by 1`,
        [schemaPrefix.length + 1, schemaPrefix],
      )
      const all = rows.map(({ name }) => name)
      const filled = await pMap(all, hasState, { concurrency: connections })
      return all.filter((_, index) => filled[index])
    },
    async write(stack, body) {
      // As Terraform makes them, so that it finds nothing to do.
      await pool.query(`create sequence if not exists public.global_states_id_seq as bigint`)
      await pool.query(`create schema if not exists ${escapeIdentifier(schemaOf(stack))}`)
      await pool.query(
        `create table if not exists ${table(stack)} (
           id bigint not null default nextval('public.global_states_id_seq') primary key,
           name text unique, data text)`,
      )
      await pool.query(`create unique index if not exists states_by_name on ${table(stack)} (name)`)
      await pool.query(
        `insert into ${table(stack)} (name, data) values ($1, $2)
         on conflict (name) do update set data = excluded.data`,
        [workspace, new TextDecoder().decode(body)],
      )
    },
    close: () => pool.end(),
  }
}

/** Nothing where the schema or the table is missing, as before the first init. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof DatabaseError && ['3F000', '42P01'].includes(error.code ?? '')) return undefined
  throw error
}
