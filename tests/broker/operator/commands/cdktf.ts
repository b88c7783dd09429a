import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { instancePath } from '../../../support/broker.ts'
import { once } from '../../../support/once.ts'
import { runCdktf, runCdktfCommand } from '../../../support/program.ts'
import { cache, type Site, sessions } from './site.ts'

/** @returns does all that needs the Redis of the cache, for a test that ends it */
export function cdktfByHand({ broker, request, ofSessions }: Site): () => Promise<void> {
  let output: Record<'cache' | 'sessions', string>
  beforeAll(async () => {
    const made = () => mkdtemp(join(tmpdir(), 'operator-'))
    output = { cache: await made(), sessions: await made() }
  })
  afterAll(async () => {
    for (const directory of Object.values(output ?? {})) await rm(directory, { recursive: true, force: true })
  })

  const diffed = once(async () => {
    const plan = join(output.cache, 'stacks', cache, 'plan')
    // As an earlier version has left it.
    await mkdir(dirname(plan), { recursive: true })
    await writeFile(plan, 'a plan')
    await chmod(output.cache, 0o755)
    const { all, exitCode } = await runCdktf(broker(), output.cache, 'diff', cache)
    await request('POST', '/operator/drift', { instances: [cache] })
    const rendered = (directory: string) => readFile(join(directory, 'stacks', cache, 'cdk.tf.json'), 'utf8')
    return {
      ran: { all, exitCode },
      stacks: await readdir(join(output.cache, 'stacks')),
      own: await rendered(output.cache),
      checked: await rendered(join(broker().dataDirectory, 'drift/1/stacks', cache)),
      ...(await leftIn(output.cache)),
      secret: (await broker().bind(cache, 'for-the-password')).body.credentials.password,
    }
  })

  const listed = once(() => runCdktfCommand(broker(), output.sessions, 'list'))

  const deployed = once(async () => {
    // It would leave more in the directory than a diff does.
    await diffed()
    const before = (await broker().bind(cache, 'before')).body.credentials
    // A deploy that finds the group gone makes a new one, with another password.
    await broker().aws((aws) => aws.deleteReplicationGroup(`cf-${cache}`))
    const ran = await runCdktfCommand(broker(), output.cache, 'deploy', cache, '--auto-approve')
    await vi.waitFor(
      async () => {
        const { body } = await broker().request('GET', `${instancePath(cache)}/service_bindings/before`)
        expect(body.credentials.password).not.toBe(before.password)
      },
      { timeout: 10_000, interval: 100 },
    )
    return { ran, shown: (await request('GET', `/operator/instances/${cache}`)).body }
  })

  describe("cdktf, in an operator's hands", () => {
    test('renders the one stack that it is asked for, with the bytes of the broker, and finds no change', async () => {
      const { ran, stacks, own, checked } = await diffed()
      expect(ran.all).toContain('No changes')
      expect(ran.exitCode).toBe(0)
      expect(stacks).toEqual([cache])
      // A check has to see what a plan would delete.
      expect(checked).toContain('"prevent_destroy": false')
      expect(own).toBe(checked.replace('"prevent_destroy": false', '"prevent_destroy": true'))
    })

    test('leaves no password in a file, and files for nobody else', async () => {
      const { mode, files, secret } = await diffed()
      expect(mode).toBe(0o700)
      expect(files.some(({ content }) => content.includes(cache))).toBe(true)
      // A plan is compressed, so that what is in it can't be looked for.
      expect(files.filter(({ name }) => name === 'plan')).toEqual([])
      expect(secret).toEqual(expect.any(String))
      expect(files.filter(({ content }) => content.includes(secret))).toEqual([])
    })

    test('lists the stacks, and prints what a stack puts out but for its secrets', async () => {
      const { all } = await listed()
      // Its table breaks the names.
      expect(all).toContain(sessions.slice(0, 18))
      expect(all).toContain(cache.slice(0, 18))
      const printed = await runCdktfCommand(broker(), output.sessions, 'output', sessions)
      expect(printed.all).toContain(`hostname = ${ofSessions().hostname}`)
      expect(printed.all).not.toContain(ofSessions().password)
      expect(printed.exitCode).toBe(0)
    })

    test('deploys a change, and bindings answer with what came of it', async () => {
      const { ran, shown } = await deployed()
      expect(ran.all).toContain('Apply complete')
      expect(ran.exitCode).toBe(0)
      expect(shown.state.writer).toBe('operator operator')
    })

    test('says so for an instance that is not there', async () => {
      const { all, exitCode } = await runCdktfCommand(broker(), output.sessions, 'diff', randomUUID())
      expect(exitCode).not.toBe(0)
      expect(all).toContain('There is no instance with the stack')
    })
  })

  return async () => {
    await listed()
    await deployed()
  }
}

async function leftIn(directory: string) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => ({ name, content: readFileSync(join(parentPath, name)) }))
  return { mode: (await stat(directory)).mode & 0o777, files }
}
