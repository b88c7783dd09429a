import { expect, test } from 'vitest'
import { Adoption, type AdoptionOptions } from '../../../broker/adoption/adoption.ts'
import type { Instance } from '../../../broker/instances/instance.ts'

test('a group in cluster mode is refused: what it would become is no instance of the service', async () => {
  const group = { id: 'legacy', status: 'available', tags: {}, sharded: true }
  const adoption = new Adoption({
    naming: { prefix: '', broker: 'this' },
    instances: { find: async () => undefined, ofGroup: async () => undefined },
    platform: { replicationGroup: async () => group },
    states: { read: async () => undefined },
    drift: { wouldChange: async () => ({ state: 'clean', message: null, findings: [] }) },
  } as unknown as AdoptionOptions)
  const instance = { id: 'new', stack: 'new', adoptedGroup: 'legacy' } as Instance
  const check = adoption.check(instance, new AbortController().signal)
  await expect(check).rejects.toThrow('The group legacy has cluster mode enabled.')
})
