import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Instance } from '../../../broker/instances/instance.ts'
import { sealOutputs } from '../../../broker/instances/outputs.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { anyOutputs, Records } from '../../support/records.ts'

let records: Records
let changes: ChangesAtRest
beforeAll(async () => {
  records = await Records.open()
  changes = new ChangesAtRest(records.db)
})
afterAll(() => records?.close())

const sealed = (instance: Instance) =>
  sealOutputs(records.keyRing, instance, { ...anyOutputs, hostname: 'moved' })
const withOutputs = ({ id, outputs }: Instance) => ({ id, outputs: outputs as Uint8Array })

const all: [string, (instance: Instance) => Promise<boolean>][] = [
  ['new name', (instance) => changes.rename(instance, { instance_name: 'new' })],
  ["operator's own deploy", (instance) => changes.setOutputs(withOutputs(instance), sealed(instance))],
  ['change by AWS', (instance) => changes.setObserved(instance, { planId: 'observed' })],
]

describe.each(all)('a %s', (what, change) => {
  test('is saved of an instance at rest, whatever is done to others', async () => {
    const instance = await records.created(`${what}, at rest`)
    await records.creation(`${what}, another`)
    expect(await change(instance)).toBe(true)
    expect(await records.instance(instance.id)).not.toEqual(instance)
  })

  test('is not saved while an operation is in progress, which brings its own', async () => {
    const instance = await records.created(`${what}, in progress`)
    await records.update(instance.id)
    expect(await change(instance)).toBe(false)
    expect(await records.instance(instance.id)).toEqual(instance)
  })
})

test.each(all.slice(1))('a %s is not saved over what an operation has made since', async (what, change) => {
  const before = await records.created(`${what}, since`)
  const update = await records.update(before.id, { updatedAt: new Date(0).toISOString() })
  await records.attempts.deployed(await records.begun(update), anyOutputs)
  const after = await records.instance(before.id)
  expect(await change(before)).toBe(false)
  expect(await records.instance(before.id)).toEqual(after)
})
