import { describe, expect, test } from 'vitest'
import { runProgram } from '../../support/program.ts'

/** Nobody is there: what is wrong with a command line is told before anybody is asked. */
const nobody = { url: 'http://127.0.0.1:9' }

const programs = {
  operator: 'broker/commands/operator.ts',
  states: 'broker/commands/states.ts',
  'state-backend': 'state-backend/main.ts',
  drift: 'broker/commands/drift.ts',
  orphans: 'broker/commands/orphans.ts',
  'fetch-provider': 'broker/commands/fetch-provider.ts',
}
type Program = keyof typeof programs

const run = (program: Program, ...args: string[]) => runProgram(programs[program], args, nobody)

describe('a command that there is not is named, in a few words:', () => {
  test.each<[Program, string]>([
    ['operator', 'nonsense'],
    ['operator', 'constructor'],
    ['operator', '__proto__'],
    ['states', 'nonsense'],
    ['states', 'constructor'],
    ['state-backend', 'constructor'],
  ])('%s %s', async (program, word) => {
    const { code, stdout, stderr } = await run(program, word)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`There is no command ${word}.`)
    expect(stderr).not.toContain('TypeError')
    if (program !== 'state-backend') expect(stderr.split('\n')).toHaveLength(1)
  })

  test('with the one that was meant', async () => {
    expect((await run('operator', 'lsit')).stderr).toContain('Did you mean list?')
  })
})

describe('help is given when it is asked for:', () => {
  test.each<[Program, ...string[]]>([
    ['operator'],
    ['operator', 'help'],
    ['operator', '--help'],
    ['operator', 'help', 'rotate'],
    ['operator', 'rotate', '--help'],
    ['states'],
    ['states', 'help'],
    ['states', 'move', '--help'],
    ['state-backend', 'help'],
    ['state-backend', '--help'],
    ['drift', '--help'],
    ['orphans', '--help'],
    ['orphans', 'help'],
    ['fetch-provider', '--help'],
  ])('%j', async (...[program, ...words]) => {
    const { code, stdout, stderr } = await run(program, ...words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(words.includes('rotate') ? /^ {2}rotate <instance> \[--force\]\n/ : /^npm run /)
  })
})

describe('what a command does not take is told:', () => {
  test('a second instance to reconcile', async () => {
    const { code, stderr } = await run('drift', '--reconcile', 'a', 'b')
    expect(code).toBe(1)
    expect(stderr).toContain('a, b are several. Nothing was done.')
  })

  test.each<[Program, ...string[]]>([
    ['operator', 'list', '--dirft', 'clean'],
    ['drift', '--nonsense'],
    ['orphans', '--nonsense'],
    ['states', 'where', '--nonsense'],
    ['fetch-provider', '--nonsense'],
  ])('%s %s with an option that is not known', async (program, ...words) => {
    const { code, stderr } = await run(program, ...words)
    expect(code).toBe(1)
    expect(stderr).toContain(`Unknown option '${words.find((word) => word.startsWith('--'))}'`)
  })

  test.each<[Program, ...string[]]>([
    ['states', 'move', '--in', 's3'],
    ['states', 'forget', '--to', 's3'],
    ['states', 'where', '--in', 's3'],
  ])('%s %s %s: an option of another command', async (program, ...words) => {
    expect(await run(program, ...words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${words[0]} takes no ${words[1]}.`),
    })
  })

  test('a second directory for the provider', async () => {
    expect(await run('fetch-provider', 'a', 'b')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('It takes one directory, and no b.'),
    })
  })

  test.each([['versions'], ['versions', 'a', 'b'], ['usage', 'a']])(
    'operator %s %s: too few words, or too many',
    async (...words) => {
      expect(await run('operator', ...words)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^Give it as: /),
      })
    },
  )
})
