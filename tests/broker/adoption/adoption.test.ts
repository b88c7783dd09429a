import { expect, test } from 'vitest'
import { Adoption, type AdoptionOptions } from '../../../broker/adoption/adoption.ts'
import type { Instance } from '../../../broker/instances/instance.ts'
import type { ReplicationGroup } from '../../../broker/platform/platform.ts'

function adoptionOf(group: ReplicationGroup): Adoption {
  return new Adoption({
    stackContext: { settings: {} },
    instances: { all: async () => [] },
    platform: { replicationGroup: async () => group },
    states: { read: async () => undefined },
    drift: { wouldChange: async () => ({ state: 'clean', message: null, findings: [] }) },
  } as unknown as AdoptionOptions)
}

const instance = { id: 'new', stack: 'new', adoptedGroup: 'legacy' } as Instance
const group = { id: 'legacy', status: 'available', tags: {}, sharded: false }

test('a group without cluster mode can be adopted', async () => {
  expect(await adoptionOf(group).check(instance, new AbortController().signal)).toEqual([])
})

test('a group in cluster mode is refused: what it would become is no instance of the service', async () => {
  const check = adoptionOf({ ...group, sharded: true }).check(instance, new AbortController().signal)
  await expect(check).rejects.toThrow('The group legacy has cluster mode enabled.')
})
