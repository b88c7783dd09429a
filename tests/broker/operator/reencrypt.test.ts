import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { DrizzleQueryError } from 'drizzle-orm'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { requestLog } from '../../../broker/http/request-log.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { type StatesOptions, statesApp } from '../../../broker/operator/states.ts'
import { runCommand } from '../../support/program.ts'

/** `redis-broker reencrypt` against the broker's route, with this work behind it. */
async function reencrypt(work: StatesOptions['reencrypt'], ...args: string[]) {
  const states = statesApp({ reencrypt: work } as StatesOptions)
  const app = new Hono()
  app.use(requestLog(createLog('silent')))
  app.route('/operator/states', states)
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return runCommand(['reencrypt', ...args], {
    url: `http://127.0.0.1:${port}`,
  })
}

test('the command tells how far it is, so that its connection is never silent for minutes', async () => {
  const work: StatesOptions['reencrypt'] = async (progress) => {
    progress(1, 3)
    progress(2, 3)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    progress(3, 3)
    return { states: 3, outputs: 1 }
  }
  expect(await reencrypt(work)).toEqual({
    code: 0,
    stdout: 'Encrypted anew: versions of states 3, credentials of instances 1.',
    // A line a second at most.
    stderr: 'Versions of states: 1 of 3\nVersions of states: 3 of 3',
  })
})

test('a failure on the way is told', async () => {
  const answer = await reencrypt(async (progress) => {
    progress(1, 3)
    throw new Error('The key "k1" is not in the key ring.')
  })
  expect(answer).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('It was interrupted: The key "k1" is not in the key ring.'),
  })
})

test('of a query that failed the cause is told, and not what it was about', async () => {
  const answer = await reencrypt(async () => {
    throw new DrizzleQueryError('update versions', ['secret'], new Error('the disk is full'))
  })
  expect(answer).toMatchObject({ code: 1, stderr: 'It was interrupted: the disk is full' })
})
