import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import { afterAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { planFields } from '../../../broker/catalog/plan-fields.ts'
import { readPlans } from '../../../broker/catalog/plans.ts'
import { userParametersSchema } from '../../../broker/catalog/user-parameters.ts'
import { adoptionApp } from '../../../broker/operator/adoption.ts'
import { driftApp } from '../../../broker/operator/drift.ts'
import { orphansApp } from '../../../broker/operator/orphans.ts'
import { pauseApp } from '../../../broker/operator/pause.ts'
import { stacksApp } from '../../../broker/operator/stacks.ts'
import { bindBody, provisionBody, readParameters, updateBody } from '../../../broker/osb/requests.ts'
import { environmentSchema } from '../../../broker/settings/environment.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { onePerPlace, wrongIn } from '../../../broker/text/issues.ts'

const wrong: unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e12,
  '',
  'x',
  'x'.repeat(300),
  'a\0',
  [],
  [null],
  ['x'],
  [{}],
  {},
  { x: null },
]

/** How valibot says it, or a value that was put into a sentence as it is. */
const ofTheValidator = /Invalid|Expected|[Rr]eceived|is not what it should be|undefined|\[object/

/** The message of what `work` throws; none when nothing is wrong. */
function refusal(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('no refusal is in the words of a validator:', () => {
  const directory = mkdtempSync(join(tmpdir(), 'issues-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const settings = readSettings({ PLANS_FILE: join(directory, 'plans.json') })
  const readFile = (content: unknown) => {
    writeFileSync(join(directory, 'plans.json'), JSON.stringify(content))
    return readPlans(settings)
  }
  const plan = { id: '1', name: 'one', description: 'd', nodes: 1, nodeType: 'cache.t3.micro', memory: 'm' }

  test.each(Object.keys(planFields))('the field %s of a plan', (field) => {
    for (const value of [...wrong, undefined]) {
      const said = refusal(() => readFile([{ ...plan, [field]: value }]))
      if (said !== undefined) expect(said).toMatch(new RegExp(`plans\\.json: .*${field}`))
      expect(said ?? '').not.toMatch(ofTheValidator)
    }
  })

  test.each([
    ...['costs', 'logs', 'alarms', 'parameters', 'tags'].map((field) => [field]),
    ...Object.keys(userParametersSchema.entries).map((field) => ['userParameters', field]),
  ])('what is in %s %s', (field, inner) => {
    const names = { costs: ['amount'], logs: ['slow'], alarms: ['cpuPercent'] }[field] ?? [inner ?? 'x']
    for (const value of wrong) {
      for (const deeper of [
        value,
        { min: value },
        { oneOf: value },
        { kmsKeyId: value },
        { format: value },
      ]) {
        const fields = { [names[0] as string]: deeper }
        const content = field === 'costs' ? [fields] : fields
        const said = refusal(() => readFile([{ ...plan, [field]: content }]))
        expect(said ?? '').not.toMatch(ofTheValidator)
      }
    }
  })

  test('a whole file of plans', () => {
    for (const content of [...wrong, { plans: wrong }, { all: wrong, plans: [plan] }])
      expect(refusal(() => readFile(content))).not.toMatch(ofTheValidator)
  })

  test('settings, a line for each', () => {
    for (const name of Object.keys(environmentSchema.entries)) {
      for (const value of wrong.filter((one) => typeof one === 'string')) {
        const said = refusal(() => readSettings({ [name]: value })) ?? ''
        expect(said).not.toMatch(ofTheValidator)
        if (said.startsWith(name))
          expect(said.split('\n').filter((line) => line.startsWith(`${name} `))).toHaveLength(1)
      }
    }
  })

  const catalog = loadCatalog(readSettings({}))
  const { create, update, binding } = catalog.parameters(catalog.plans[0] as never)

  test.each(Object.keys({ ...shapeOf(create), ...shapeOf(update) }))('the parameter %s', (name) => {
    for (const value of wrong) {
      for (const schema of [create, update, binding]) {
        const said = refusal(() => readParameters(schema, { [name]: value })) ?? ''
        expect(said).not.toMatch(ofTheValidator)
        const sentences = said.split(/(?<=\.) /)
        expect(sentences).toEqual([...new Set(sentences)])
        if (said !== '') expect(said).toMatch(/\.$/)
      }
    }
  })

  test.each([
    ['provision', provisionBody],
    ['update', updateBody],
    ['bind', bindBody],
  ])('the body of a platform, %s', (_what, schema) => {
    for (const name of Object.keys(schema.entries)) {
      for (const value of [
        ...wrong,
        { predecessor: {} },
        { version: 1 },
        { app_guid: 1 },
        { space_name: 1 },
      ]) {
        const { issues = [] } = v.safeParse(schema, { [name]: value })
        for (const issue of onePerPlace(issues)) expect(wrongIn(issue, 'it')).not.toMatch(ofTheValidator)
      }
    }
  })

  const nobody = {} as never
  test.each([
    ['adoptions', adoptionApp(nobody, catalog), ['group', 'instance', 'plan', 'name', 'dryRun']],
    ['pause', pauseApp({ pause: nobody, resumed: nobody, operator: 'o' }), ['refuse', 'reason']],
    ['drift', driftApp(nobody), ['instances', 'full']],
  ])('a body of an operator, %s', async (_what, app, fields) => {
    const headers = { 'Content-Type': 'application/json' }
    // What is not refused would go on to nobody.
    const quiet = new Hono()
      .route('/', app)
      .onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.body(null, 500)))
    const send = (body: unknown) =>
      quiet.request('/', { method: 'POST', headers, body: JSON.stringify(body) })
    if (fields[0] === 'group') expect(await (await send({})).text()).toBe('group is missing')
    for (const body of [...wrong, ...fields.flatMap((name) => wrong.map((value) => ({ [name]: value })))]) {
      const answer = await send(body)
      if (answer.status === 400) expect(await answer.text()).not.toMatch(ofTheValidator)
    }
  })

  test('a query of an operator', async () => {
    const none = await orphansApp(nobody).request('/', { method: 'DELETE' })
    expect(await none.text()).toBe('group is missing')
    const other = await stacksApp(nobody).request('/?deletable=x')
    expect(await other.text()).toBe('deletable must be one of "true", "false"')
  })
})

function shapeOf(schema: unknown): object {
  return (schema as { pipe: [{ entries: object }] }).pipe[0].entries
}
