import { expect, test } from 'vitest'
import { serviceId } from '../../../broker/catalog/catalog.ts'
import { instancePath } from '../../support/broker.ts'
import { redis } from './finding.ts'
import { drifted } from './sweep/drifted.ts'
import { fewerNodes } from './sweep/fewer-nodes.ts'
import { gone } from './sweep/gone.ts'
import { interrupted } from './sweep/interrupted.ts'
import { leftOut } from './sweep/left-out.ts'
import { large, sweepSite } from './sweep/site.ts'
import { untouched } from './sweep/untouched.ts'

const site = sweepSite()
const { broker, drift, report, behind } = site

untouched(site)
drifted(site)
fewerNodes(site)

test('a change that the stack has ahead of it is pending, not drift', async () => {
  // AWS takes no tags now, so the new name has to wait for the next deploy.
  await behind(large, (aws, group) => aws.keepBusy(group, 'snapshotting', 3_600_000))
  const named = (name: string) =>
    broker().request('PATCH', instancePath(large), {
      body: { service_id: serviceId, context: { instance_name: name } },
    })
  await named('carts')
  await behind(large, (aws) => aws.finishWaits())
  const { code, instances } = await report(large)
  await named('sessions')
  expect(code).toBe(2)
  expect(instances[0]).toMatchObject({
    state: 'pending',
    findings: [
      {
        cause: 'stack',
        resource: redis,
        change: 'changed',
        attribute: 'tags.Instance name',
        before: 'sessions',
        after: 'carts',
      },
    ],
  })
})

test('an instance that AWS does not tell about is an error: exit code 1, and what AWS says', async () => {
  const faults = [{ call: 'describeReplicationGroups', fault: 'Throttling' as const, times: 20 }]
  await broker().aws((aws) => aws.setBehaviour({ faults }))
  const { code, instances } = await report(large)
  await broker().aws((aws) => aws.setBehaviour({}))
  expect(code).toBe(1)
  expect(instances[0]).toMatchObject({ state: 'error', message: expect.stringContaining('Throttling') })
})

leftOut(site)
interrupted(site)
gone(site)

test('the command says that there is no such instance: exit code 1', async () => {
  expect(await drift('nobodys')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/There is no instance nobodys/),
  })
})
