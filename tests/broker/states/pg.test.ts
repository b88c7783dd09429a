import { Client, Pool } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createLog } from '../../../broker/logging/log.ts'
import { pgStates } from '../../../broker/states/pg.ts'
import type { States } from '../../../broker/states/states.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'

const body = Buffer.from('{"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[]}')

let postgres: Postgres
let states: States
beforeAll(async () => {
  postgres = await startPostgres()
  states = pgStates({ url: postgres.url, schemaPrefix: 'redis_', log: createLog('silent') })
})
afterAll(async () => {
  await states?.close()
  await postgres?.stop()
})

test('a state is there once it is written, and gone once it is removed', async () => {
  expect(await states.read('removed')).toBeUndefined()
  expect(await states.lockHolder('removed')).toBeUndefined()
  await states.write('removed', body)
  expect(await states.read('removed')).toMatchObject({ serial: 1, lineage: 'l' })
  expect(await states.stacks()).toContain('removed')
  await states.remove('removed')
  expect(await states.read('removed')).toBeUndefined()
  expect(await states.stacks()).not.toContain('removed')
})

test('a stack whose state was never written is none that has a state', async () => {
  const own = async () => (await states.stacks()).filter((stack) => ['written', 'empty'].includes(stack))
  await states.write('written', body)
  await states.write('empty', body)
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  // As after a `terraform init` that nothing followed.
  await client.query('delete from redis_empty.states')
  expect(await own()).toEqual(['written'])
  await client.query(`insert into redis_empty.states (name, data) values ('default', '')`)
  await client.end()
  expect(await own()).toEqual(['written'])
  expect(await states.read('empty')).toBeUndefined()
})

test('the stacks are told however many there are: none waits in vain for a connection', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  for (const name of names) await states.write(name, body)
  const query = Pool.prototype.query as (...words: unknown[]) => Promise<unknown>
  const asked = { now: 0, most: 0 }
  vi.spyOn(Pool.prototype, 'query').mockImplementation(async function (this: Pool, ...words: unknown[]) {
    asked.most = Math.max(asked.most, ++asked.now)
    return query.apply(this, words).finally(() => asked.now--)
  })
  onTestFinished(() => void vi.restoreAllMocks())
  expect(await states.stacks()).toEqual(expect.arrayContaining(names))
  expect(asked.most).toBe(4)
  for (const name of names) await states.remove(name)
})

test('a state takes the place of the one before, and those of others are left alone', async () => {
  await states.write('replaced', body)
  await states.write('replaced', Buffer.from(body.toString().replace('"serial":1', '"serial":2')))
  expect(await states.read('replaced')).toMatchObject({ serial: 2 })
  const others = pgStates({ url: postgres.url, schemaPrefix: 'other_', log: createLog('silent') })
  await others.write('replaced', body)
  expect(await others.stacks()).toEqual(['replaced'])
  await others.close()
  expect(await states.read('replaced')).toMatchObject({ serial: 2 })
  expect(await states.stacks()).toContain('replaced')
})

test('a state that can not be read is not one that there is not', async () => {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  await client.query('create schema redis_broken; create table redis_broken.states (id bigint, name text)')
  await expect(states.read('broken')).rejects.toThrow('data')
  await client.query('drop schema redis_broken cascade')
  await client.end()
})

test('the lock of a connection that hangs is shown, and opened by ending the connection', async () => {
  await states.write('one', body)
  await states.write('two', body)
  const hanging = new Client({ connectionString: postgres.url })
  hanging.on('error', () => {})
  await hanging.connect()
  // As terraform locks a state.
  await hanging.query('select pg_advisory_lock(id) from redis_one.states')
  const holder = await states.lockHolder('one')
  expect(holder).toMatchObject({ holder: 'postgres from 127.0.0.1' })
  expect(await states.lockHolder('two')).toBeUndefined()

  const end = new Promise((resolve) => hanging.once('end', resolve))
  expect(await states.unlock('one', '1', 'operator')).toBe(false)
  expect(await states.lockHolder('one')).toEqual(holder)
  expect(await states.unlock('one', holder?.info.ID ?? '', 'operator')).toBe(true)
  await end
  expect(await states.lockHolder('one')).toBeUndefined()
})
