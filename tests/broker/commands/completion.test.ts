import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instanceBody, TestBroker } from '../../support/broker.ts'
import { runCommand } from '../../support/program.ts'

const launcher = fileURLToPath(new URL('../../../broker/commands/redis-broker.mjs', import.meta.url))
const guid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const hostile = 'evil $(touch ran) * ; touch ran'

const succeeds = (command: string) =>
  execFileSync('sh', ['-c', `${command} >/dev/null 2>&1 && echo yes || echo no`], { encoding: 'utf8' }) ===
  'yes\n'
/** Of util-linux: it gives a program a terminal, and types there what it reads. */
const hasScript = succeeds("script --version | grep -q 'util-linux'")

let directory: string
let broker: TestBroker
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'completion-'))
  // What is typed is told instead of done.
  writeFileSync(
    join(directory, 'redis-broker'),
    `#!/bin/sh\nif [ "$1" = complete ]; then exec ${launcher} "$@"; fi\nprintf GIVEN; printf ' <%s>' "$@"; echo\n`,
  )
  chmodSync(join(directory, 'redis-broker'), 0o755)
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  await runCommand(['pause'], broker)
  const named = (name: string) => ({ context: { ...instanceBody().context, instance_name: name } })
  await broker.provision(guid, 'redis-dev', named('sessions'))
  await broker.provision('6fa459ea-ee8a-4ca4-894e-db77e160355e', 'redis-dev', named(hostile))
})
afterAll(async () => {
  await broker?.remove()
  rmSync(directory, { recursive: true, force: true })
})

/** The words that a shell makes of lines that are typed, with a tab for each `→`. */
async function typed(shell: string, lines: string[]): Promise<string[]> {
  const keys = [`eval "$(${launcher} completion ${shell.split(' ')[0]})"`, ...lines, 'exit']
  const { stdout } = await execa('script', ['-qec', shell, '/dev/null'], {
    input: `${keys.join('\n').replaceAll('→', '\t')}\n`,
    cwd: directory,
    env: {
      PATH: `${directory}:${process.env.PATH}`,
      HOME: directory,
      TERM: 'dumb',
      LANG: 'C.UTF-8',
      BROKER_URL: broker.url,
    },
    extendEnv: false,
    reject: false,
  })
  return [...stdout.matchAll(/^GIVEN (.*?)\r?$/gm)].map(([, given]) => given as string)
}

describe.each([
  ['bash --norc -i', 'bash'],
  ['zsh -f -i', 'zsh'],
])('%s', (shell, program) => {
  const works = hasScript && succeeds(`command -v ${program}`)

  test.skipIf(!works)(
    `completes commands, options, their words and instances (needs ${program}, and script of util-linux)`,
    async () => {
      expect(
        await typed(shell, [
          'redis-broker upgrade-→',
          'redis-broker list --drift dri→',
          'redis-broker states abandon --js→',
          'redis-broker show ses→',
          `redis-broker show ${guid.slice(0, 3)}→`,
        ]),
      ).toEqual([
        '<upgrade-all>',
        '<list> <--drift> <drifted>',
        '<states> <abandon> <--json>',
        '<show> <sessions>',
        `<show> <${guid}>`,
      ])
    },
  )

  test.skipIf(!works)(
    `offers no name that the shell would take for more than a word (needs ${program}, and script of util-linux)`,
    async () => {
      expect(await typed(shell, ['redis-broker show evi→'])).toEqual(['<show> <evi>'])
    },
  )
})
