import { join } from 'node:path'
import { loadOrCreateKeyFile } from '../../state-backend/encryption/key-file.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend, type StateBackendOptions } from '../../state-backend/index.ts'
import type { Settings } from '../settings/settings.ts'

/**
 * The keys that everything secret in the database is encrypted with. On one machine one is made and kept in a file; on
 * AWS the settings need it, since the machine may go.
 */
export async function openKeyRing({
  STATE_KEYS: keys,
  DATA_DIR: directory,
}: Pick<Settings, 'STATE_KEYS' | 'DATA_DIR'>): Promise<KeyRing> {
  return keys ? KeyRing.parse(keys) : loadOrCreateKeyFile(join(directory, 'state.keys'))
}

/** The project's own state backend, in the broker's database, with the limits of the settings. */
export function openBackend(
  settings: Pick<Settings, 'STATE_MAX_BYTES' | 'STATE_VERSIONS_KEPT' | 'STATE_REQUESTS_AT_ONCE'>,
  options: Omit<StateBackendOptions, 'limits'>,
): Promise<StateBackend> {
  return StateBackend.open({
    ...options,
    limits: {
      stateBytes: settings.STATE_MAX_BYTES,
      versionsKept: settings.STATE_VERSIONS_KEPT,
      requestsAtOnce: settings.STATE_REQUESTS_AT_ONCE,
    },
  })
}
