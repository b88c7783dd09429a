import { expect, test } from 'vitest'
import { StoredOutputs } from '../../../broker/operations/stored-outputs.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { recordedLog } from '../../support/recorded-log.ts'

test('a look that fails is logged and ends nothing, and a stop waits for it', async () => {
  const { log, lines } = recordedLog()
  const broken = Promise.withResolvers<never>()
  const outputs = new StoredOutputs({
    instances: { ofStack: () => broken.promise },
    changes: { setOutputs: async () => false },
    states: { read: async () => undefined },
    keyRing: KeyRing.parse(KeyRing.newEntry('key')),
    log,
  })
  outputs.refreshStack('one')
  const ended = outputs.ended()
  const err = new Error('the database is gone')
  broken.reject(err)
  await ended
  expect(lines).toEqual([[{ err, stack: 'one' }, expect.any(String)]])
})
