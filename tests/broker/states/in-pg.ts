import { Client } from 'pg'
import type { Postgres } from '../../support/postgres.ts'

/** A state as the backend `pg` of Terraform has it; undefined where there is none. */
export async function stateInPg({ url }: Postgres, stack: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(`select 1 from pg_tables where schemaname = $1`, [`redis_${stack}`])
    if (rows.length === 0) return undefined
    return (await client.query(`select data from "redis_${stack}".states`)).rows[0]?.data
  } finally {
    await client.end()
  }
}
