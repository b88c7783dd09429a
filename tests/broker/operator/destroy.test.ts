import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { runCdktfCommand } from '../../support/program.ts'

const [kept, destroyed] = [randomUUID(), randomUUID()]
const login = 'operator:operator'

let broker: TestBroker
let output: string
beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), 'operator-'))
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  await Promise.all([broker.created(kept), broker.created(destroyed)])
})
afterAll(async () => {
  await broker?.remove()
  await rm(output, { recursive: true, force: true })
})

const groups = async () =>
  (await broker.aws((aws) => aws.describeReplicationGroups())).map(
    ({ replicationGroupId }) => replicationGroupId,
  )

async function preventsDestroy(query: string): Promise<boolean[]> {
  const { body } = await broker.request('GET', `/operator/stacks${query}`, { login })
  return body.stacks.map(({ deletable }: { deletable: boolean }) => !deletable)
}

test('stacks are deletable only where they are named and it is asked for', async () => {
  expect(await preventsDestroy('')).toEqual([true, true])
  expect(await preventsDestroy(`?name=${destroyed}`)).toEqual([true])
  expect(await preventsDestroy(`?name=${destroyed}&deletable=true`)).toEqual([false])
  const all = await broker.request('GET', '/operator/stacks?deletable=true', { login })
  expect(all).toMatchObject({ status: 400, body: { error: expect.stringContaining('Name the stacks') } })
})

test('cdktf destroy deletes the Redis that it names; its instance is missing, and can be deleted', async () => {
  const { exitCode, all } = await runCdktfCommand(broker, output, 'destroy', destroyed, '--auto-approve')
  expect(all).toContain('Destroy complete! Resources: 1 destroyed.')
  expect(exitCode).toBe(0)
  expect(await groups()).toEqual([`cf-${kept}`])

  const { body: sweep } = await broker.request('POST', '/operator/drift', {
    login,
    body: { instances: [destroyed] },
  })
  expect(sweep).toContain('"state":"missing"')
  const { body } = await broker.request('GET', '/operator/orphans', { login })
  expect(body.orphans).toMatchObject([{ kind: 'missing', group: `cf-${destroyed}` }])

  expect((await broker.deprovision(destroyed)).status).toBe(202)
  expect(await broker.ended(destroyed)).toMatchObject({ state: 'succeeded' })
  expect(await groups()).toEqual([`cf-${kept}`])
})
