import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openAuthTokens, sealAuthTokens } from '../../../broker/instances/auth-tokens.ts'
import { currentTarget, type Instance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { reencryptOutputs, requireOutputKeys } from '../../../broker/instances/output-keys.ts'
import { type Outputs, openOutputs } from '../../../broker/instances/outputs.ts'
import { changeInstance } from '../../../broker/instances/rows.ts'
import { instances as table } from '../../../broker/instances/tables.ts'
import { Attempts } from '../../../broker/operations/attempts.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { StoredOutputs } from '../../../broker/operations/stored-outputs.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { Records } from '../../support/records.ts'
import { accepted } from '../../support/requests.ts'

const [oldKey, newKey] = [KeyRing.newEntry('old'), KeyRing.newEntry('new')]
const keyRing = KeyRing.parse(oldKey)

let records: Records
beforeAll(async () => {
  records = await Records.open({ keyRing })
})
afterAll(() => records?.close())

// One that does not open would be in the way of the others.
afterEach(() => records.db.delete(table))

const withPassword = (password: string): Outputs => ({
  hostname: 'redis',
  port: 6379,
  password,
  engineVersion: '6.2.6',
})

/** An instance that has been deployed once with each of these passwords. */
async function deployed(...passwords: string[]): Promise<Instance[]> {
  const id = randomUUID()
  const states: Instance[] = []
  for (const password of passwords) {
    const operation = states.length === 0 ? await records.creation(id) : await records.update(id)
    await records.attempts.deployed(await records.begun(operation), withPassword(password))
    states.push(await records.instance(id))
  }
  return states
}

const putBack = ({ id, outputs }: Instance) =>
  records.db.update(table).set({ outputs }).where(eq(table.id, id))

test('older outputs that somebody puts back in the database do not open', async () => {
  const [before, after] = (await deployed('first', 'second')) as [Instance, Instance]
  expect(openOutputs(keyRing, after)?.password).toBe('second')
  await putBack(before)
  const now = await records.instance(after.id)
  expect(() => openOutputs(keyRing, now)).toThrow('does not open')
})

test('nor do those that were there before they were encrypted anew, or while a deploy was under way', async () => {
  const [before] = (await deployed('first')) as [Instance]
  const operation = accepted(await records.requests.update(before, currentTarget(before)))
  const begun = await records.begun(operation)
  const bothKeys = KeyRing.parse(`${newKey},${oldKey}`)
  expect(await reencryptOutputs(records.db, bothKeys)).toBeGreaterThan(0)
  const anew = await records.instance(before.id)
  expect(openOutputs(bothKeys, anew)?.password).toBe('first')
  await new Attempts(records.db, bothKeys).deployed(begun, withPassword('second'))
  expect(openOutputs(bothKeys, await records.instance(before.id))?.password).toBe('second')
  for (const older of [before, anew]) {
    await putBack(older)
    const now = await records.instance(before.id)
    expect(() => openOutputs(bothKeys, now)).toThrow('does not open')
  }
})

test('outputs from before there were generations open until there are new ones', async () => {
  const [before] = (await deployed('first')) as [Instance]
  const text = new TextEncoder().encode(JSON.stringify(withPassword('first')))
  const outputs = keyRing.encrypt(text, `outputs of ${before.stack}`)
  expect(openOutputs(keyRing, { ...before, outputs, outputsGeneration: 0 })?.password).toBe('first')
  expect(() => openOutputs(keyRing, { ...before, outputs })).toThrow('does not open')
})

test('a look at the state notices outputs that were put back, says so, and replaces them', async () => {
  const [before, after] = (await deployed('first', 'second')) as [Instance, Instance]
  await putBack(before)
  const { log, lines } = recordedLog()
  const output = (value: unknown) => ({ value })
  const state: TerraformState = {
    version: 4,
    serial: 1,
    lineage: 'one',
    resources: [],
    outputs: {
      hostname: output('redis'),
      port: output(6379),
      password: output('second'),
      engine_version: output('6.2.6'),
    },
  }
  const looks = new StoredOutputs({
    instances: new Instances(records.db),
    changes: new ChangesAtRest(records.db),
    states: { read: async () => state },
    keyRing,
    log,
  })
  looks.refresh(await records.instance(after.id))
  await looks.ended()
  expect(openOutputs(keyRing, await records.instance(after.id))?.password).toBe('second')
  expect(lines[0]).toEqual([
    expect.objectContaining({ instance: after.id }),
    'stored connection details do not open',
  ])
})

test('all that is secret of an instance gets the new key, and the old one is needed until then', async () => {
  const [instance] = (await deployed('first')) as [Instance]
  const tokens = { current: { generation: 1, value: 'first' } }
  await changeInstance(records.db, instance.id, sealAuthTokens(keyRing, instance, tokens))
  const [bothKeys, newKeyOnly] = [KeyRing.parse(`${newKey},${oldKey}`), KeyRing.parse(newKey)]
  await requireOutputKeys(records.db, bothKeys)
  await expect(requireOutputKeys(records.db, newKeyOnly)).rejects.toThrow('not in the key ring: old.')
  expect(await reencryptOutputs(records.db, bothKeys)).toBe(1)
  expect(await reencryptOutputs(records.db, bothKeys)).toBe(0)
  await requireOutputKeys(records.db, newKeyOnly)
  const after = await records.instance(instance.id)
  expect(openAuthTokens(newKeyOnly, after)).toEqual(tokens)
  expect(openOutputs(newKeyOnly, after)?.password).toBe('first')
})

test('what a deploy saves while all is encrypted anew stays', async () => {
  const [before] = (await deployed('first')) as [Instance]
  const begun = await records.begun(await records.update(before.id))
  const bothKeys = KeyRing.parse(`${newKey},${oldKey}`)
  // The deploy ends between the look at the instance and the change of it.
  let deploy: Promise<void> | undefined
  const db = new Proxy(records.db, {
    get(target, name) {
      if (name === 'update') deploy = new Attempts(target, bothKeys).deployed(begun, withPassword('second'))
      return Reflect.get(target, name)
    },
  })
  await reencryptOutputs(db, bothKeys)
  await deploy
  expect(openOutputs(bothKeys, await records.instance(before.id))?.password).toBe('second')
})

test('the key of the tokens is needed where that of the outputs is another one', async () => {
  const [instance] = (await deployed('first')) as [Instance]
  const sealed = sealAuthTokens(KeyRing.parse(newKey), instance, { current: { generation: 1, value: 'x' } })
  await changeInstance(records.db, instance.id, sealed)
  await expect(requireOutputKeys(records.db, keyRing)).rejects.toThrow('not in the key ring: new.')
})
