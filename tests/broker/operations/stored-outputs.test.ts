import { expect, test } from 'vitest'
import type { Instances } from '../../../broker/instances/instances.ts'
import type { Log } from '../../../broker/logging/log.ts'
import type { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { StoredOutputs } from '../../../broker/operations/stored-outputs.ts'
import type { States } from '../../../broker/states/states.ts'
import type { KeyRing } from '../../../state-backend/encryption/key-ring.ts'

test('a look that fails is logged and ends nothing, and a stop waits for it', async () => {
  const logged: object[] = []
  const broken = Promise.withResolvers<never>()
  const outputs = new StoredOutputs({
    instances: { ofStack: () => broken.promise } as unknown as Instances,
    changes: {} as ChangesAtRest,
    states: {} as States,
    keyRing: {} as KeyRing,
    log: { error: (fields: object) => logged.push(fields) } as unknown as Log,
  })
  outputs.refreshStack('one')
  const ended = outputs.ended()
  const err = new Error('the database is gone')
  broken.reject(err)
  await ended
  expect(logged).toEqual([{ err, stack: 'one' }])
})
