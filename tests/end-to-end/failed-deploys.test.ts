import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestBroker } from '../support/broker.ts'
import { freePort } from '../support/free-port.ts'

let broker: TestBroker
let redisPort: number
const programs = join(tmpdir(), `programs-${randomUUID()}`)
const terraform = join(programs, 'terraform')

beforeAll(async () => {
  // A terraform that the tests can take away, before everything else that the broker needs.
  await mkdir(programs)
  const { stdout } = await execa('which', ['terraform'])
  await symlink(stdout, terraform)
  const others = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== dirname(stdout))
  redisPort = await freePort()
  broker = await TestBroker.start({
    PATH: [programs, dirname(process.execPath), ...others].join(delimiter),
    REDIS_PORT: String(redisPort),
  })
})
afterAll(async () => {
  await broker?.remove()
  await rm(programs, { recursive: true, force: true })
})

/** Runs into the trouble, is told so, and can be deleted once the trouble is over. */
async function failure(cause: () => Promise<() => Promise<void>>): Promise<string> {
  const id = randomUUID()
  const undo = await cause()
  await broker.provision(id)
  const { state, description } = await broker.ended(id)
  await undo()
  expect(state).toBe('failed')
  expect(description.length).toBeLessThanOrEqual(1000)
  expect((await broker.deprovision(id)).status).toBe(202)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  return description
}

describe('a deploy that fails ends as failed, says why, and its instance can be deleted', () => {
  test('the port of Redis is taken: it is tried again by itself until it is free', async () => {
    const id = randomUUID()
    const server = createServer().listen(redisPort, '0.0.0.0')
    await once(server, 'listening')
    await broker.provision(id)
    const described = async () =>
      (await broker.request('GET', `/v2/service_instances/${id}/last_operation`)).body.description
    await expect
      .poll(described, { timeout: 120_000, interval: 200 })
      .toContain("(unexpected state 'create-failed'); the broker tries again by itself")
    expect(await broker.aws((aws) => aws.describeReplicationGroups(`cf-${id}`))).toMatchObject([
      { status: 'create-failed' },
    ])
    server.close()
    const { body } = await broker.request('GET', `/operator/instances/${id}/operations`, {
      login: 'operator:operator',
    })
    expect(JSON.stringify(body)).toContain(`${redisPort}`)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    await broker.deprovision(id)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  })

  test("the AWS provider's plugin is broken", async () => {
    const { stdout: plugin } = await execa('find', [
      join(broker.dataDirectory, 'terraform'),
      '-name',
      'terraform-provider-aws*',
    ])
    const description = await failure(async () => {
      await writeFile(plugin, '#!/bin/sh\necho broken\nexit 1\n')
      await chmod(plugin, 0o755)
      // A broker that starts puts the plugin back.
      return async () => {
        await broker.stop()
        await broker.start()
      }
    })
    expect(description).toMatch(/plugin/i)
  })

  test('terraform is missing', async () => {
    const { stdout } = await execa('readlink', [terraform])
    const description = await failure(async () => {
      await rm(terraform)
      return () => symlink(stdout, terraform)
    })
    expect(description).toMatch(/terraform .*missing/i)
  })
})
