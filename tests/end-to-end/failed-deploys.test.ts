import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, test } from 'vitest'
import { once } from '../support/once.ts'
import { sharedBroker } from '../support/shared-broker.ts'

const programs = join(tmpdir(), `programs-${randomUUID()}`)
const terraform = join(programs, 'terraform')

const broker = sharedBroker(async () => {
  // A terraform that the tests can take away, before everything else that the broker needs.
  await mkdir(programs)
  const { stdout } = await execa('which', ['terraform'])
  await symlink(stdout, terraform)
  const others = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== dirname(stdout))
  const PATH = [programs, dirname(process.execPath), ...others].join(delimiter)
  return { PATH, DRIFT_SCHEDULE: 'off' }
})
afterAll(() => rm(programs, { recursive: true, force: true }))

const login = 'operator:operator'

/** The creation of one instance, with the provider's plugin broken, and then, when it is repeated, without terraform. */
const failures = once(async () => {
  const id = randomUUID()
  const directory = join(broker().dataDirectory, 'terraform')
  const { stdout: plugin } = await execa('find', [directory, '-name', 'terraform-provider-aws*'])
  await writeFile(plugin, '#!/bin/sh\necho broken\nexit 1\n')
  await chmod(plugin, 0o755)
  await broker().provision(id)
  const withBrokenPlugin = await broker().ended(id)
  // A broker that starts puts the plugin back.
  await broker().stop()
  await broker().start()

  const there = await readlink(terraform)
  await rm(terraform)
  await broker().request('POST', `/operator/instances/${id}/retry`, { login })
  const withoutTerraform = await broker().ended(id)
  await symlink(there, terraform)
  return { id, withBrokenPlugin, withoutTerraform }
})

describe('a deploy that fails ends as failed, and says why:', () => {
  test("the AWS provider's plugin is broken", async () => {
    const { state, description } = (await failures()).withBrokenPlugin
    expect(state).toBe('failed')
    expect(description).toMatch(/plugin/i)
    expect(description.length).toBeLessThanOrEqual(1000)
  })

  test('terraform is missing', async () => {
    const { state, description } = (await failures()).withoutTerraform
    expect(state).toBe('failed')
    expect(description).toMatch(/terraform .*missing/i)
    expect(description.length).toBeLessThanOrEqual(1000)
  })
})

test('its instance can be deleted once the trouble is over', async () => {
  const { id } = await failures()
  expect((await broker().deprovision(id)).status).toBe(202)
  expect(await broker().ended(id)).toMatchObject({ state: 'succeeded' })
})
