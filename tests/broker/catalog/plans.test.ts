import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { readPlans } from '../../../broker/catalog/plans.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { plansExample } from '../../support/golden.ts'

const plan = {
  id: 'one',
  name: 'redis-one',
  description: 'a plan',
  nodes: 1,
  nodeType: 'cache.t3.micro',
  memory: '512 MB',
}

function read(content: unknown, environment: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'plans-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const PLANS_FILE = join(directory, 'plans.json')
  writeFileSync(PLANS_FILE, typeof content === 'string' ? content : JSON.stringify(content))
  return readPlans(readSettings({ ...environment, PLANS_FILE }))
}

test("the example of the operators' page is a plans file, and has the fields of its table", () => {
  const plans = readPlans(readSettings({ PLANS_FILE: plansExample }))
  expect(plans.map(({ name }) => name)).toEqual(['redis-dev', 'redis-sessions', 'redis-archive'])
  const page = readFileSync(new URL('../../../docs/operators-plans.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => cell?.match(/\w+/g) ?? [])
  const { all, plans: given } = JSON.parse(readFileSync(plansExample, 'utf8'))
  const used = new Set([all, ...given].flatMap((fields: object) => Object.keys(fields)))
  expect([...used].filter((name) => !rows.includes(name))).toEqual([])
})

test('what is for all plans is in each, unless the plan says otherwise', () => {
  const all = { snapshotRetention: 7, tags: { a: '1', b: '2' }, alarms: false, subnetGroup: 'private' }
  const [one, two] = read({ all, plans: [plan, { ...plan, id: 'two', name: 'two', tags: { c: '3' } }] })
  expect(one).toMatchObject({ ...all, securityGroups: ['sg-00000000000000000'] })
  expect(two).toMatchObject({ snapshotRetention: 7, tags: { c: '3' } })
  expect(two?.tags).toEqual({ c: '3' })
})

test('a list of plans is a plans file, too, and gets what the service has had', () => {
  expect(read([plan, { ...plan, id: 'three', name: 'three', nodes: 3 }])).toMatchObject([
    {
      failover: false,
      multiAz: false,
      snapshotWindow: '06:00-07:00',
      maintenanceWindow: 'mon:07:00-mon:08:00',
    },
    { failover: true, multiAz: true, snapshotRetention: 3, alarms: false },
  ])
})

test('ALARM_TOPIC switches the alarms of all plans on that do not say otherwise', () => {
  const ALARM_TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms'
  const plans = read(
    [
      plan,
      { ...plan, id: 'off', name: 'off', alarms: false },
      { ...plan, id: 'own', name: 'own', alarms: { connections: 10 } },
    ],
    { ALARM_TOPIC },
  )
  expect(plans).toMatchObject([
    { alarmTopic: ALARM_TOPIC, alarms: { memoryPercent: 80, connections: 50_000 } },
    { alarms: false },
    { alarms: { memoryPercent: 80, connections: 10 } },
  ])
})

test.each<[object, string]>([
  [{ nodes: 9 }, 'plans.json: redis-one: nodes must be a whole number from 1 to 6, and is 9'],
  [{ name: 'a b' }, 'name must be letters, digits, dots and hyphens'],
  [{ colour: 'red' }, 'colour is no field of a plan: there are id, name,'],
  [{ description: undefined }, 'redis-one: description is missing'],
  [{ nodeType: 't3.micro' }, 'redis-one: nodeType must begin with "cache."'],
  [{ multiAz: 'yes' }, 'redis-one: multiAz must be true or false'],
  [{ failover: true }, 'redis-one: failover needs at least 2 nodes'],
  [{ nodes: 2, failover: false, multiAz: true }, 'redis-one: multiAz needs failover'],
  [{ nodes: 2, preferredZones: ['us-east-1a'] }, 'preferredZones must name a zone for each of the 2 nodes'],
  [{ securityGroups: [] }, 'securityGroups'],
  [{ kmsKeyId: 'mine' }, 'kmsKeyId must be an ARN'],
  [{ networkType: 'ipv5' }, 'networkType must be ipv4, ipv6 or dual_stack'],
  [{ dataTiering: true }, 'dataTiering needs a node type cache.r6gd'],
  [{ dataTiering: true, nodeType: 'cache.r6gd.xlarge' }, 'dataTiering needs engineVersions of 6.2'],
  [{ engineVersions: ['8'] }, 'engineVersions.0'],
  [
    { engineVersions: ['7.0'], defaultEngineVersion: '6.2' },
    'defaultEngineVersion must be one of engineVersions',
  ],
  [{ parameters: { 'Max Memory': 1 } }, 'must be the name of a Redis parameter'],
  [{ parameters: { 'cluster-enabled': 'yes' } }, 'parameters must not have cluster-enabled'],
  [{ parameters: { timeout: true } }, 'parameters.timeout must be a text or a number'],
  [{ userParameters: { engine: 'no' } }, 'userParameters.engine is no field of userParameters: there are'],
  [
    { userParameters: { timeout: false } },
    'userParameters.timeout must be an object of bounds, or the reason',
  ],
  [{ snapshotRetention: 36 }, 'snapshotRetention'],
  [{ snapshotWindow: '06:00-06:30' }, 'snapshotWindow must be at least an hour'],
  [{ maintenanceWindow: 'monday' }, 'maintenanceWindow must be spread, or'],
  [{ snapshotWindow: '07:00-08:00' }, 'maintenanceWindow must not overlap snapshotWindow'],
  [{ logs: { slow: { retentionDays: 2 } } }, 'logs.slow.retentionDays must be one of'],
  [{ notificationTopic: 'topic' }, 'notificationTopic must be an ARN'],
  [{ alarms: true }, 'alarms need a notificationTopic, or the setting ALARM_TOPIC'],
  [{ alarms: { memory: 1 } }, 'alarms'],
  [{ tags: { 'aws:x': '1' } }, 'is no name for a tag'],
])('a plan with %j stops the start, and is named', (fields, told) => {
  expect(() => read([{ ...plan, ...fields }])).toThrow(/^PLANS_FILE .*plans\.json: /)
  expect(() => read([{ ...plan, ...fields }])).toThrow(told)
})

test.each<[unknown, string]>([
  ['no json', "can't be read as JSON"],
  [[], 'the file must have a plan at least'],
  [[plan, plan], 'the file must not have two plans of one id'],
  [{ plan: [] }, 'plans is missing'],
  [{ plans: [plan], plan: [] }, 'plan is no field of the file: there are all, plans'],
  [{ plans: [3] }, 'plans.0 must be an object'],
  [{ all: { nodes: 3 }, plans: [plan] }, 'all.nodes is no field of all plans: there are free,'],
])('a file with %j stops the start', (content, told) => {
  expect(() => read(content)).toThrow(told)
})

test('a free plan costs nothing in the catalog; own costs and bullets take the place of those that are made', () => {
  const [dev, sessions] = (
    loadCatalog(readSettings({ PLANS_FILE: plansExample })).body.services[0] as {
      plans: { free: boolean; metadata: { costs?: unknown; bullets: string[]; displayName: string } }[]
    }
  ).plans
  expect(dev?.free).toBe(true)
  expect(dev?.metadata).not.toHaveProperty('costs')
  expect(dev?.metadata.bullets.join()).not.toContain('$')
  expect(sessions?.metadata).toMatchObject({
    displayName: 'Sessions',
    costs: [{ amount: { usd: 150 }, unit: 'MONTHLY' }],
    bullets: ['3 nodes', '1.3 GB memory limit', 'Evicts the keys used least'],
  })
})
