import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateBackend } from '../../state-backend/index.ts'
import { clientOf, OPERATOR } from '../support/state-client.ts'
import { openBackend } from './backend.ts'
import { startPostgresDatabase, type TestDatabase } from './databases.ts'
import { Workspace } from './terraform.ts'

// On one database: the contract is what shows that the other one does the same.
describe('terraform with its state in the state backend', () => {
  const stack = 'redis-1234'
  let database: TestDatabase
  let backend: StateBackend
  let server: ServerType
  let address: string
  let workspaces: Workspace[]

  const workspace = (credentials = OPERATOR) => {
    const made = new Workspace(address, credentials)
    workspaces.push(made)
    return made
  }
  const grant = (attempt: string) =>
    backend.grant({ stack, attempt, access: 'write', holder: `${attempt} of ${stack}` })

  beforeAll(async () => {
    database = await startPostgresDatabase()
  })
  afterAll(() => database?.stop())
  beforeEach(async () => {
    workspaces = []
    await database.empty()
    backend = await openBackend(database.db)
    const app = new Hono().route('/state', backend.app)
    server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const listening = server.address() as { port: number }
    address = `http://127.0.0.1:${listening.port}/state/${stack}`
  })
  afterEach(async () => {
    for (const made of workspaces) made.remove()
    server.close()
    await once(server, 'close')
  })

  test('init, plan, apply, state pull, mv and push, destroy: an attempt’s whole life', async () => {
    const terraform = workspace(await grant('a1'))
    terraform.configure('one')
    expect(await terraform.run('init')).toMatchObject({ exitCode: 0 })
    expect(await terraform.run('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 2 })
    expect(await terraform.apply()).toMatchObject({ exitCode: 0 })
    expect(await terraform.run('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 })
    expect((await terraform.run('output', '-raw', 'input')).stdout).toBe('one')

    const pulled = await terraform.run('state', 'pull')
    expect(JSON.parse(pulled.stdout)).toEqual(await backend.read(stack))
    expect(await terraform.run('state', 'mv', 'terraform_data.a', 'terraform_data.b')).toMatchObject({
      exitCode: 0,
    })
    expect((await backend.read(stack))?.resources.map((resource) => resource.name)).toEqual(['b'])

    const newer = { ...(await backend.read(stack)), serial: 40 }
    writeFileSync(terraform.path('newer.tfstate'), JSON.stringify(newer))
    expect(await terraform.run('state', 'push', 'newer.tfstate')).toMatchObject({ exitCode: 0 })
    expect((await backend.read(stack))?.serial).toBeGreaterThanOrEqual(40)

    expect(await terraform.run('destroy', '-auto-approve')).toMatchObject({ exitCode: 0 })
    expect((await backend.read(stack))?.resources).toEqual([])
    expect(await backend.lockHolder(stack)).toBeUndefined()
  })

  test('an apply asks all that it asks on one connection', async () => {
    const terraform = workspace()
    terraform.configure('one')
    await terraform.run('init')
    let connections = 0
    server.on('connection', () => connections++)
    expect(await terraform.apply()).toMatchObject({ exitCode: 0 })
    expect((await backend.versions(stack)).length).toBeGreaterThan(0)
    expect(connections).toBe(1)
  })

  test('somebody else’s lock: its id is shown, -lock-timeout waits for it, force-unlock opens it', async () => {
    const terraform = workspace()
    terraform.configure('one')
    await terraform.run('init')
    const other = clientOf(backend.app, stack)
    await other.lock('lock-of-another')
    const refused = await terraform.apply()
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('ID=lock-of-another')

    const waiting = terraform.apply('-lock-timeout=60s')
    await other.unlock('lock-of-another')
    expect(await waiting).toMatchObject({ exitCode: 0 })

    await other.lock('lock-of-another')
    expect(await terraform.run('force-unlock', '-force', 'lock-of-another')).toMatchObject({ exitCode: 0 })
    expect(await terraform.apply()).toMatchObject({ exitCode: 0 })
  })

  test('-lock=false reads, but does not write', async () => {
    const terraform = workspace()
    terraform.configure('one')
    await terraform.run('init')
    await terraform.apply()
    terraform.configure('two')
    expect(await terraform.run('plan', '-lock=false', '-detailed-exitcode')).toMatchObject({ exitCode: 2 })
    const refused = await terraform.apply('-lock=false')
    expect(refused.stderr).toContain('HTTP error: 428')
    expect((await backend.read(stack))?.outputs.input?.value).toBe('one')

    // Nothing is lost: terraform left what it did in a file, which goes in with the lock.
    expect(await terraform.run('state', 'push', 'errored.tfstate')).toMatchObject({ exitCode: 0 })
    expect((await backend.read(stack))?.outputs.input?.value).toBe('two')
  })

  test('state push -force brings in neither another lineage nor an older serial', async () => {
    const terraform = workspace()
    for (const input of ['one', 'two', 'three']) {
      terraform.configure(input)
      await terraform.run('init')
      await terraform.apply()
    }
    const current = await backend.read(stack)
    for (const change of [{ lineage: 'another-lineage' }, { serial: 1 }]) {
      writeFileSync(terraform.path('forced.tfstate'), JSON.stringify({ ...current, ...change }))
      const refused = await terraform.run('state', 'push', '-force', 'forced.tfstate')
      expect(refused.stderr).toContain('HTTP error: 409')
    }
    expect(await backend.read(stack)).toEqual(current)
    expect(await backend.lockHolder(stack)).toBeUndefined()
  })

  test('init -migrate-state moves a local state in', async () => {
    const terraform = workspace()
    terraform.configure('one', { backend: 'local' })
    await terraform.run('init')
    await terraform.apply()
    const local = JSON.parse(readFileSync(terraform.path('terraform.tfstate'), 'utf8'))
    terraform.configure('one')
    expect(await terraform.run('init', '-migrate-state', '-force-copy')).toMatchObject({ exitCode: 0 })
    expect(await backend.read(stack)).toMatchObject({ outputs: local.outputs, resources: local.resources })
    expect(await terraform.run('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 })
  })

  test('a terraform of a dead attempt neither writes nor unlocks after a newer attempt has begun', async () => {
    const dead = workspace(await grant('a1'))
    // The apply waits in a provisioner until the newer attempt has begun, or this test's directory is gone.
    const wait = 'touch begun; until [ -e go ] || [ ! -e begun ]; do sleep 0.1; done'
    dead.configure('one', {
      more: `resource "terraform_data" "slow" {
        provisioner "local-exec" {
          command = "${wait}"
        }
      }`,
    })
    await dead.run('init')
    const running = dead.apply()
    await expect.poll(() => dead.exists('begun'), { timeout: 30_000 }).toBe(true)

    const newer = workspace(await grant('a2'))
    newer.configure('two')
    await newer.run('init')
    expect(await newer.apply()).toMatchObject({ exitCode: 0 })
    const written = await backend.read(stack)
    await clientOf(backend.app, stack).lock('held-by-an-operator')

    writeFileSync(dead.path('go'), '')
    const ended = await running
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toContain('Failed to save state')
    expect(ended.stderr).toMatch(/releasing the state lock\s.*403/s)
    expect(await backend.read(stack)).toEqual(written)
    expect((await backend.lockHolder(stack))?.info.ID).toBe('held-by-an-operator')
  })
})
