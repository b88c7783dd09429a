import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { instancePath, plans, type TestBroker } from '../../support/broker.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import type { Outcome } from './platform.ts'
import type { Site } from './site.ts'

/** The promises that were not kept. To be called when the brokers run and nothing is asked of them. */
export async function wrongs(site: Site, outcomes: Outcome[]): Promise<string[]> {
  const client = new Client({ connectionString: site.postgres.url })
  await client.connect()
  try {
    return [
      ...(await unfinished(client)),
      ...unexplained(outcomes),
      ...(await notServing(site, outcomes)),
      ...(await leftovers(site, client, outcomes)),
      ...(await strangers(site, outcomes)),
      ...sharedWork(site),
    ]
  } finally {
    await client.end()
  }
}

async function unfinished(client: Client): Promise<string[]> {
  const { rows } = await client.query(`select * from broker.operations where state = 'in progress'`)
  return rows.map(({ id, type }) => `the ${type} ${id} has not ended`)
}

/** Only a refusal that does not pass may fail an operation, never a crash. */
function unexplained(outcomes: Outcome[]): string[] {
  return outcomes.flatMap(({ life, reasons }) =>
    reasons
      .filter((reason) => !reason.includes('(AccessDenied)'))
      .map((reason) => `${life.id} failed for no good reason: ${reason}`),
  )
}

async function notServing(site: Site, outcomes: Outcome[]): Promise<string[]> {
  const wrong: string[] = []
  const [one, other] = site.brokers as [TestBroker, TestBroker]
  for (const { life, state, plan } of outcomes) {
    if (state !== 'succeeded') continue
    try {
      const { body } = await one.bind(life.id, 'check', plan)
      const answer = await withRedis(loginOf(body.credentials), async (redis) => {
        await redis.set('life', life.id)
        return redis.get('life')
      })
      if (answer !== life.id) wrong.push(`${life.id} gave ${answer}`)
    } catch (error) {
      wrong.push(`${life.id} does not serve its credentials: ${(error as Error).message}`)
    }
    const fetched = await other.request('GET', instancePath(life.id))
    if (fetched.body.plan_id !== plans[plan]) wrong.push(`${life.id} is not of the plan ${plan}`)
  }
  return wrong
}

async function leftovers(site: Site, client: Client, outcomes: Outcome[]): Promise<string[]> {
  const gone = outcomes.filter(({ state }) => state === 'deleted').map(({ life }) => life.id)
  const wrong: string[] = []
  const tables: [string, string][] = [
    ['broker.instances', 'id'],
    ['broker.bindings', 'instance_id'],
    ['state_backend.stacks', 'name'],
    ['state_backend.versions', 'stack'],
    ['state_backend.grants', 'stack'],
  ]
  for (const [table, column] of tables) {
    const { rows } = await client.query(`select ${column} as id from ${table} where ${column} = any($1)`, [
      gone,
    ])
    for (const { id } of rows) wrong.push(`${table} still knows ${id}`)
  }
  for (const id of gone) {
    if (existsSync(join(site.directory, 'aws', 'groups', `cf-${id}`))) wrong.push(`AWS has files of ${id}`)
  }
  for (const pid of site.programs()) wrong.push(`process ${pid} still runs`)
  for (const name of ['a', 'b']) {
    const work = join(site.directory, name, 'work')
    for (const entry of existsSync(work) ? await readdir(work) : []) {
      wrong.push(`broker ${name} has a work directory of ${entry}`)
    }
  }
  return wrong
}

/** Groups that no living instance has. */
async function strangers(site: Site, outcomes: Outcome[]): Promise<string[]> {
  const known = new Set(
    outcomes.filter(({ state }) => state !== 'deleted').map(({ life }) => `cf-${life.id}`),
  )
  const groups = await site.aws.listReplicationGroups()
  return groups
    .filter(({ replicationGroupId }) => !known.has(replicationGroupId))
    .map(({ replicationGroupId, status }) => `${replicationGroupId} is an orphan (${status})`)
}

interface LogLine {
  time: string
  msg: string
  stack?: string
  by?: string
  writer?: string
}

/**
 * That no two attempts worked on an instance at once shows in what the state backend let through: of each
 * stack, the attempts that locked or wrote follow each other, and none comes back after another one has come.
 */
function sharedWork(site: Site): string[] {
  const wrong: string[] = []
  const last = new Map<string, string>()
  const over = new Set<string>()
  for (const { msg, stack, by, writer } of linesInOrder(site)) {
    const attempt = msg === 'State locked' ? by : msg === 'State written' ? writer : undefined
    if (!stack || !attempt) continue
    if (over.has(attempt)) wrong.push(`${attempt} worked on ${stack} after its successor had begun`)
    const before = last.get(stack)
    if (before && before !== attempt) over.add(before)
    last.set(stack, attempt)
  }
  return wrong
}

function linesInOrder(site: Site): LogLine[] {
  return site.brokers
    .flatMap(({ output }) => output.split('\n'))
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): LogLine => JSON.parse(line))
    .sort((a, b) => a.time.localeCompare(b.time))
}
