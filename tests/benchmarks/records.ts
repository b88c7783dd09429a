import { sql } from 'drizzle-orm'
import { type Database, openDatabase } from '../../broker/database/database.ts'
import { createLog } from '../../broker/logging/log.ts'
import { instancePath, type TestBroker } from '../support/broker.ts'
import { type Benchmark, type Figure, summary } from './figure.ts'

const operator = 'operator:operator'
const list = 'operator list, first page'

type Request = () => Promise<number>

/** The cost of requests with many recorded instances, beside their cost with few. */
export const records: Benchmark = {
  name: 'records',
  async run({ short, print, onPostgres }) {
    const [few, page, many] = short ? [2, 10, 20] : [10, 100, 10_000]
    const { broker, postgres, instance: created, close } = await onPostgres()
    const database = await openDatabase(postgres.url, '', createLog('silent'))
    try {
      const { db } = database
      const original = await created()
      const instance = instancePath(original)
      const requests: Record<string, Request> = {
        [list]: () => time(broker, '/operator/instances', operator),
        'operator show': () => time(broker, `/operator/instances/${original}`, operator),
        metrics: () => time(broker, '/operator/metrics', operator),
        usage: () => time(broker, '/operator/usage', operator),
        last_operation: () => time(broker, `${instance}/last_operation`, broker.login),
        'fetch instance': () => time(broker, instance, broker.login),
        // The least that whoever sums something up has to ask.
        'a bare count(*) in SQL': () =>
          timed(() => db.execute(sql`select count(*) from broker.instances where outputs is not null`)),
      }
      await record(db, original, 2, few)
      const before = await measure(requests, short)
      await record(db, original, few + 1, page)
      const aPage = await measure({ [list]: requests[list] as Request }, short)
      print(`recording ${many} instances`)
      await record(db, original, page + 1, many)
      const after = await measure(requests, short)
      const figure = (name: string, base: number[] = [], than: number): Figure => ({
        name: `${name}, with ${many} instances / with ${than}`,
        unit: 'ratio',
        values: (after[name] ?? []).map((milliseconds) => milliseconds / summary(base).median),
        goal: '<= 1.3',
      })
      return [
        ...Object.keys(requests).map((name) => figure(name, before[name], few)),
        // As many rows on the page.
        figure(list, aPage[list], page),
      ]
    } finally {
      await database.close()
      await close()
    }
  },
}

function time(broker: TestBroker, path: string, login: string): Promise<number> {
  return timed(async () => {
    const { status } = await broker.request('GET', path, { login })
    if (status !== 200) throw new Error(`${path} answers ${status}.`)
  })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

async function measure(requests: Record<string, Request>, short: boolean) {
  const found: Record<string, number[]> = {}
  for (const [name, request] of Object.entries(requests)) {
    await request()
    found[name] = []
    for (let i = 0; i < (short ? 2 : 50); i++) found[name].push(await request())
  }
  return found
}

/** Copies the records of one instance: its operation, and a drift check. Its secrets open in no other's place. */
async function record(db: Database, original: string, from: number, to: number): Promise<void> {
  const columns = async (table: string) => {
    const { rows } = (await db.execute(
      sql`select column_name from information_schema.columns
        where table_schema = 'broker' and table_name = ${table} and is_identity = 'NO'`,
    )) as unknown as { rows: { column_name: string }[] }
    return rows.map(({ column_name }) => column_name)
  }
  const copy = async (table: string, key: string, replaced: Record<string, string>) => {
    const names = await columns(table)
    const values = names.map((name) => replaced[name] ?? `o."${name}"`)
    await db.execute(
      sql.raw(
        `insert into broker.${table} (${names.map((name) => `"${name}"`).join(', ')})
         select ${values.join(', ')} from broker.${table} o, generate_series(${from}, ${to}) n
         where o.${key} = '${original}'`,
      ),
    )
  }
  const id = `'copy-' || n`
  await copy('instances', 'id', { id, stack: id, organization_guid: `'organization-' || n % 50` })
  await copy('operations', 'instance_id', { id: 'gen_random_uuid()', instance_id: id })
  await copy('drift_checks', 'instance_id', { id: 'gen_random_uuid()', instance_id: id })
  await copy('drift_standings', 'instance_id', { instance_id: id })
  // As autovacuum does after so many new rows.
  await db.execute(sql`vacuum analyze`)
}
