import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { StateBackend, type StateBackendOptions } from '../../../state-backend/index.ts'
import { clientOf, OPERATOR, operatorAccess } from '../../support/state-client.ts'
import type { TestDatabase } from '../databases.ts'

/** The stack that the tests of the contract work on. */
export const STACK = 'redis-1234'

/** A state backend on an empty database, anew for every test. */
export class Bench {
  readonly keys = [KeyRing.newEntry('k1'), KeyRing.newEntry('k2')] as const
  database!: TestDatabase
  backend!: StateBackend
  logged: { message: string; fields: object }[] = []

  readonly reset = async (): Promise<void> => {
    this.logged = []
    await this.database.empty()
    this.backend = await this.open()
  }

  readonly open = (options: Partial<StateBackendOptions> = {}): Promise<StateBackend> => {
    const write = (fields: object, message: string) => void this.logged.push({ message, fields })
    const log = { info: write, warn: write, error: write }
    const keyRing = KeyRing.parse(this.keys[0])
    return StateBackend.open({ db: this.database.db, keyRing, operatorAccess, log, ...options })
  }

  readonly client = (credentials = OPERATOR, stack = STACK) => clientOf(this.backend.app, stack, credentials)

  readonly grant = (attempt: string, access: 'read' | 'write' = 'write', stack = STACK) =>
    this.backend.grant({ stack, attempt, access, holder: `${attempt} of ${stack}` })
}
