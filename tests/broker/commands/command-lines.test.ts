import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCommand, runProgram } from '../../support/program.ts'

/** Nobody is there: what is wrong with a command line is told before anybody is asked. */
const run = (...args: string[]) => runCommand(args, { url: 'http://127.0.0.1:9' })

const stateBackend = fileURLToPath(new URL('../../../state-backend/main.ts', import.meta.url))

describe('a command that there is not is named, in a few words:', () => {
  test.each([
    [['nonsense']],
    [['constructor']],
    [['__proto__']],
    [['states', 'nonsense']],
    [['help', 'nonsense']],
    [['help', 'states', 'nonsense']],
  ])('%j', async (words) => {
    const { code, stdout, stderr } = await run(...words)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.split('\n')).toEqual([
      `Unknown command '${words.at(-1)}'.`,
      expect.stringMatching(/^What it takes: npx redis-broker.* --help$/),
    ])
  })

  test('with the one that was meant', async () => {
    for (const words of [['lsit'], ['help', 'lsit'], ['lsit', '--help']])
      expect(await run(...words)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('Did you mean list?'),
      })
    expect((await run('states', 'wehre')).stderr).toContain('Did you mean where?')
  })

  test('also by the state backend alone', async () => {
    const { code, stdout, stderr } = await runProgram(stateBackend, ['constructor'], {})
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('There is no command constructor.')
  })
})

describe('help is given when it is asked for:', () => {
  test.each<[string[], RegExp]>([
    [['help'], /^USAGE redis-broker /],
    [['--help'], /^USAGE redis-broker /],
    [['help', 'rotate'], /^USAGE redis-broker rotate /],
    [['rotate', '--help'], /^USAGE redis-broker rotate /],
    [['states', 'move', '--help'], /^USAGE redis-broker states move /],
  ])('%j', async (words, beginning) => {
    const { code, stdout, stderr } = await run(...words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(beginning)
  })
})

describe('what a command does not take is told:', () => {
  test.each([[['list', '--dirft', 'clean']], [['drift', '--nonsense']], [['states', 'where', '--in', 's3']]])(
    '%j: an option',
    async (words) => {
      const { code, stderr } = await run(...words)
      expect(code).toBe(1)
      expect(stderr).toContain(`Unknown option '${words.find((word) => word.startsWith('--'))}'`)
    },
  )

  test('with the option that was meant', async () => {
    expect((await run('list', '--dirft', 'clean')).stderr).toContain('Did you mean --drift?')
  })

  test.each([
    [['show'], "Missing required argument 'instance'."],
    [['usage', 'a'], "Too many arguments for 'usage'."],
    [['reconcile', 'a', 'b'], "Too many arguments for 'reconcile'."],
    [['fetch-provider', 'a', 'b'], "Too many arguments for 'fetch-provider'."],
    [['states', 'move'], "Required option '--to <kind>' not specified."],
    [['states', 'move', '--to', 'ftp'], 'Allowed choices are http, s3, pg.'],
    [['upgrade-all', '--at-once', '0'], 'It must be a number from 1 to 9999.'],
  ])('%j: words', async (words, message) => {
    expect(await run(...words)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) })
  })
})

describe('what cannot be undone is not done unless it is meant:', () => {
  test.each([
    [['rotate', 'sessions', '--force'], 'A password that was not retired would end at once'],
    [['forget', 'sessions'], 'The records of sessions, its state and its bindings would be dropped.'],
  ])('%j', async (words, loss) => {
    const { code, stderr } = await run(...words)
    expect(code).toBe(1)
    expect(stderr).toContain(loss)
    expect(stderr).toContain('Nothing was done: give --yes if that is meant.')
    // With it the broker is asked, who is not there.
    expect((await run(...words, '--yes')).stderr).toMatch(
      /^No broker answers at http:\/\/127.0.0.1:9 .*Start it, or set BROKER_URL/,
    )
  })
})

test('an address that is none is told as such', async () => {
  const { stderr } = await runCommand(['list'], { url: 'foo' })
  expect(stderr).toBe(
    "BROKER_URL is foo, which is no address. Set it to the broker's, such as https://broker.example.internal.",
  )
})

test('the command runs under any Node, from any directory, with its exit code', async () => {
  const launcher = fileURLToPath(new URL('../../../broker/commands/redis-broker.mjs', import.meta.url))
  const help = await execa(launcher, ['help', 'list'], { cwd: '/' })
  expect(help.stdout).toMatch(/^USAGE redis-broker list /)
  const refused = await execa(launcher, ['lsit'], { cwd: '/', reject: false })
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
})

test('a name in a refusal of the broker does not make a line of its own', async () => {
  const refusing = createServer((_, answer) =>
    answer.writeHead(409).end(JSON.stringify({ error: 'Several: a\nb' })),
  )
  await once(refusing.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void refusing.close())
  const { port } = refusing.address() as AddressInfo
  const { stderr } = await runCommand(['show', 'a'], { url: `http://127.0.0.1:${port}` })
  expect(stderr).toBe('Several: a\\u000ab')
})
