import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instancePath, TestBroker } from '../../support/broker.ts'
import { once } from '../../support/once.ts'
import { runCommand } from '../../support/program.ts'
import { expectRefusal } from '../../support/refusal.ts'

const [mean, long] = [randomUUID(), randomUUID()]
/** Takes the clipboard, paints, turns the direction, and looks like a second row. */
const attack = `\u001b]52;c;aGFoYQ==\u0007\u001b[2J\u202e\nforged-row  clean\u2028`

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  const names = { instance_name: `mean${attack}`, space_name: attack, organization_name: attack }
  await broker.created(mean, 'redis-dev', { context: names })
  // The creations of all others stay in progress.
  await request('POST', '/pause', {})
})
afterAll(() => broker?.remove())

const operator = (...args: string[]) => runCommand(args, broker)
const request = (method: string, path: string, body?: object) =>
  broker.request(method, `/operator${path}`, { login: 'operator:operator', body })

const list = once(() => operator('list'))

function expectHarmless({ stdout, stderr }: { stdout: string; stderr: string }) {
  const text = stdout + stderr
  expect(text).toContain('\\u001b]52')
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Zl}|\u202e/u)
  expect(text).not.toMatch(/^forged-row/m)
}

describe('a name of a user does nothing to the terminal of an operator', () => {
  test('in a list, where it makes no row of its own', async () => {
    expectHarmless(await list())
    expect((await list()).stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^INSTANCE /),
      expect.stringContaining('mean'),
      '',
      expect.stringMatching(/^New operations are paused since /),
    ])
  })

  test('nor in all about one', async () => {
    expectHarmless(await operator('show', mean))
  })

  test('nor in what is reconciled', async () => {
    expectHarmless(await operator('reconcile', mean))
  })

  test('nor in a drift sweep, its table and its reasons', async () => {
    await broker.aws((aws) => aws.addTags(`cf-${mean}`, { Owner: 'x' }))
    expectHarmless(await operator('drift'))
    await broker.aws((aws) => aws.removeTags(`cf-${mean}`, ['Owner']))
  })

  test('but JSON has it as it is', async () => {
    const { instances } = JSON.parse((await operator('list', '--json')).stdout)
    expect(instances[0].name).toBe(`mean${attack}`)
  })
})

test.each([
  [['list', '--operation', 'nonsense'], /'nonsense' is invalid. Allowed choices are provision, update/],
  [['list', '--drift', 'constructor'], /'constructor' is invalid. Allowed choices are clean, drifted/],
  [['list', '--plan', 'nonsense'], /plan can't be nonsense: there are redis-dev, redis-3node/],
  [['states', 'print', mean, 'nope'], /A version is a number, and nope is none/],
])('%j is refused, since nothing can be found by it', async (words, message) => {
  expect(await operator(...words)).toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
})

test.each(['name', 'space', 'organization', 'after'])(
  'a list by a %s that no database holds is refused as such',
  async (filter) => {
    expect(await request('GET', `/instances?${filter}=a%00`)).toMatchObject({
      status: 400,
      body: { error: `${filter} holds characters that are not allowed` },
    })
  },
)

const longName = `${'x'.repeat(254)}😀${'y'.repeat(900_000)}`

const provisionLong = () => broker.provision(long, 'redis-dev', { context: { instance_name: longName } })

test('a name of 900,000 characters is cut, and the instance is made all the same', async () => {
  expect((await provisionLong()).status).toBe(202)
  expect((await request('GET', `/instances/${long}`)).body.name).toBe(`${'x'.repeat(254)}😀`)
})

test('a sweep that has to leave out everything does not end like a clean one', async () => {
  await provisionLong()
  const { code, stdout } = await operator('drift', long)
  expect(code).toBe(1)
  expect(stdout).toContain('1 skipped')
  expect(stdout).toContain('Nothing could be checked.')
})

test('half a character is neither answered nor logged', async () => {
  const given = { parameters: { engineVersion: `${'a'.repeat(39)}😀${'b'.repeat(40)}` } }
  const refused = await broker.provision(randomUUID(), 'redis-dev', given)
  expectRefusal(refused, 400)
  expect(refused.body.description).toContain(`"${'a'.repeat(39)}😀"`)
  const halves = await broker.provision(randomUUID(), 'redis-dev', {
    parameters: { engineVersion: '\ud83d', '\ude00': 1 },
  })
  for (const { body } of [refused, halves]) expect(body.description.isWellFormed()).toBe(true)
  expect(broker.output).not.toMatch(/\\ud83d(?!\\ud)/i)
  expect((await broker.request('GET', instancePath(mean))).status).toBe(200)
})

describe('an instance goes by how its guid begins', () => {
  const found = (word: string) => request('GET', `/instances/${word}`)

  test('as far as it is the only one', async () => {
    expect(await found(mean.slice(0, 8))).toMatchObject({ status: 200, body: { instance: mean } })
  })

  test('but not by three characters, which may be a name that was misspelt', async () => {
    expect((await found(mean.slice(0, 3))).body.error).toMatch(
      /^There is no instance .* Of a guid give 4 characters or more\./,
    )
  })

  test('and several that begin so are named, in the command too', async () => {
    const twins = ['77777777-0000-4000-8000-000000000001', '77777777-0000-4000-8000-000000000002']
    for (const twin of twins) await broker.provision(twin)
    const { code, stderr } = await operator('show', '77777777')
    expect(code).toBe(1)
    expect(stderr).toContain('Several guids begin with 77777777. Give more of one of these:')
    for (const twin of twins) expect(stderr).toContain(`${twin} (my-redis)`)
  })
})
