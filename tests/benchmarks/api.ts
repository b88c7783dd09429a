import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { instanceBody, instancePath } from '../support/broker.ts'
import { type Benchmark, ratios } from './figure.ts'
import { startBare } from './start-bare.ts'

const headers = {
  'X-Broker-API-Version': '2.17',
  Authorization: `Basic ${btoa('broker:broker')}`,
  'Content-Type': 'application/json',
}

/** Requests of a platform, beside Hono's bare handlers on the same PostgreSQL. */
export const api: Benchmark = {
  name: 'api',
  async run({ short, print, onPostgres }) {
    const { broker, postgres, instance, close } = await onPostgres()
    const id = await instance()
    const bare = await startBare(postgres.url)
    const [rounds, seconds] = short ? [1, 0.2] : [5, 5]
    const lastOperation = `${instancePath(id)}/last_operation`
    const found = {
      catalog: pair(),
      operation: pair(),
      select: [] as number[],
      login: [] as number[],
      bind: pair(),
      two: [] as number[],
    }
    const beside: number[] = []
    try {
      for (let round = 1; round <= rounds; round++) {
        print(`round ${round} of ${rounds}`)
        for (const [url, name] of [
          [broker.url, 'ours'],
          [bare.url, 'bare'],
        ] as const) {
          found.catalog[name].push(await throughput(`${url}/v2/catalog`, seconds))
          found.operation[name].push(await throughput(url + lastOperation, seconds))
          found.bind[name].push((await bindings(url, id, seconds)).p50)
        }
        found.select.push(await throughput(`${bare.url}/with-a-select`, seconds))
        found.login.push(await throughput(`${bare.url}/with-a-login-and-a-line`, seconds))
        found.two.push((await bindings(bare.url, id, seconds, '/with-a-select/one')).p50)
      }
      const others = Array.from({ length: short ? 1 : 4 }, () => randomUUID())
      for (const other of others) await broker.provision(other)
      beside.push((await bindings(broker.url, id, seconds)).p99)
      for (const other of others) await broker.ended(other)
    } finally {
      bare.stop()
      await close()
    }
    const { catalog, operation, select, login, bind, two } = found
    return [
      figure('catalog, requests a second / bare Hono', ratios(catalog.ours, catalog.bare), '>= 0.5'),
      figure(
        'last_operation, requests a second / bare Hono',
        ratios(operation.ours, operation.bare),
        '>= 0.3',
      ),
      figure('  bare Hono with one SELECT / bare Hono', ratios(select, operation.bare)),
      figure('  the floor: with a SELECT, a login and a line in the log', ratios(login, operation.bare)),
      figure('  last_operation / the floor', ratios(operation.ours, login)),
      figure('bind, p50 / bare Hono with one INSERT', ratios(bind.ours, bind.bare), '<= 2'),
      figure('  bind, p50 / bare Hono with a SELECT and an INSERT', ratios(bind.ours, two)),
      { name: 'bind beside four deploys, p99', unit: 'ms', values: beside, goal: '<= 100' },
    ]
  },
}

const pair = () => ({ ours: [] as number[], bare: [] as number[] })

const figure = (name: string, values: number[], goal?: string) => ({
  name,
  unit: 'ratio',
  values,
  ...(goal ? { goal } : {}),
})

/** Requests a second, of ten clients at once. */
async function throughput(url: string, seconds: number): Promise<number> {
  const { requests, duration, non2xx, errors } = await autocannon({
    url,
    connections: 10,
    duration: seconds,
    // It looks no more often whether the time is over.
    sampleInt: Math.min(1000, seconds * 1000),
    headers,
  })
  if (non2xx + errors > 0) throw new Error(`${url} fails: ${non2xx} answers, ${errors} requests`)
  return requests.total / duration
}

/** Milliseconds of bindings, each with a new id, one after the other. */
async function bindings(
  url: string,
  id: string,
  seconds: number,
  of = instancePath(id),
): Promise<{ p50: number; p99: number }> {
  const { service_id, plan_id } = instanceBody()
  const body = JSON.stringify({ service_id, plan_id })
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const begun = performance.now()
    const path = `${of}/service_bindings/${randomUUID()}`
    const answer = await fetch(url + path, { method: 'PUT', headers, body })
    await answer.text()
    if (answer.status !== 201) throw new Error(`A binding fails with ${answer.status}.`)
    times.push(performance.now() - begun)
  }
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor((times.length - 1) * part)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
