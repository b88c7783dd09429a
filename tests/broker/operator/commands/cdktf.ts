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

export function cdktfByHand({ broker, request, password }: Site): void {
  describe("cdktf, in an operator's hands", () => {
    let output: string
    beforeAll(async () => {
      output = await mkdtemp(join(tmpdir(), 'operator-'))
    })
    afterAll(() => rm(output, { recursive: true, force: true }))
    const cdktf = (...args: string[]) => runCdktfCommand(broker(), output, ...args)

    const diffed = once(async () => {
      const plan = join(output, 'stacks', cache, 'plan')
      // As an earlier version has left it.
      await mkdir(dirname(plan), { recursive: true })
      await writeFile(plan, 'a plan')
      await chmod(output, 0o755)
      return runCdktf(broker(), output, 'diff', cache)
    })

    test('renders the one stack that it is asked for, with the bytes of the broker, and finds no change', async () => {
      const { all, exitCode } = await diffed()
      expect(all).toContain('No changes')
      expect(exitCode).toBe(0)
      expect(await readdir(join(output, 'stacks'))).toEqual([cache])
      await request('POST', '/operator/drift', { instances: [cache] })
      const rendered = (directory: string) =>
        readFile(join(directory, 'stacks', cache, 'cdk.tf.json'), 'utf8')
      const own = await rendered(output)
      const checked = await rendered(join(broker().dataDirectory, 'drift/1/stacks', cache))
      // A check has to see what a plan would delete.
      expect(checked).toContain('"prevent_destroy": false')
      expect(own).toBe(checked.replace('"prevent_destroy": false', '"prevent_destroy": true'))
    })

    test('leaves no password in a file, and files for nobody else', async () => {
      await diffed()
      expect((await stat(output)).mode & 0o777).toBe(0o700)
      const secret = await password(cache)
      const files = await readdir(output, { recursive: true, withFileTypes: true })
      const contents = files
        .filter((file) => file.isFile())
        .map((file) => readFileSync(join(file.parentPath, file.name)))
      expect(contents.some((content) => content.includes(cache))).toBe(true)
      // A plan is compressed, so that what is in it can't be looked for.
      expect(files.filter((file) => file.name === 'plan' && file.isFile())).toEqual([])
      expect(contents.filter((content) => content.includes(secret))).toEqual([])
    })

    test('lists the stacks, and prints what a stack puts out but for its secrets', async () => {
      const { all: listed } = await cdktf('list')
      // Its table breaks the names.
      expect(listed).toContain(sessions.slice(0, 18))
      expect(listed).toContain(cache.slice(0, 18))
      const { all, exitCode } = await cdktf('output', sessions)
      const { hostname } = (await broker().bind(sessions, 'for-the-hostname')).body.credentials
      expect(all).toContain(`hostname = ${hostname}`)
      expect(all).not.toContain(await password(sessions))
      expect(exitCode).toBe(0)
    })

    test('deploys a change, and bindings answer with what came of it', async () => {
      const before = (await broker().bind(cache, 'before')).body.credentials
      // A deploy that finds the group gone makes a new one, with another password.
      await broker().aws((aws) => aws.deleteReplicationGroup(`cf-${cache}`))
      const { exitCode, all } = await cdktf('deploy', cache, '--auto-approve')
      expect(all).toContain('Apply complete')
      expect(exitCode).toBe(0)
      await vi.waitFor(
        async () => {
          const { body } = await broker().request('GET', `${instancePath(cache)}/service_bindings/before`)
          expect(body.credentials.password).not.toBe(before.password)
        },
        { timeout: 10_000, interval: 100 },
      )
      const { body } = await request('GET', `/operator/instances/${cache}`)
      expect(body.state.writer).toBe('operator operator')
    })

    test('says so for an instance that is not there', async () => {
      const { all, exitCode } = await cdktf('diff', randomUUID())
      expect(exitCode).not.toBe(0)
      expect(all).toContain('There is no instance with the stack')
    })
  })
}
