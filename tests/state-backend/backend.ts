import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../state-backend/index.ts'
import type { Database } from '../../state-backend/store.ts'
import { operatorAccess } from '../support/state-client.ts'

type Limits = Parameters<typeof StateBackend.open>[0]['limits']

/** A state backend with a key of its own, that knows the operator and the reader of the tests. */
export function openBackend(db: Database, limits?: Limits): Promise<StateBackend> {
  const keyRing = KeyRing.parse(KeyRing.newEntry('k1'))
  return StateBackend.open({ db, keyRing, operatorAccess, ...(limits ? { limits } : {}) })
}
