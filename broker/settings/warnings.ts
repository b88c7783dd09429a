import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { isLoopback } from '../../state-backend/logins/logins.ts'
import {
  databaseWarnings,
  keyWarnings,
  previousPasswordWarnings,
  type SettingsWarning,
} from '../../state-backend/settings/warnings.ts'
import type { Settings } from './settings.ts'

/** Warnings of settings that are dangerous and may be intended, for the log of every start. */
export function settingsWarnings(settings: Settings, keyRing: KeyRing): SettingsWarning[] {
  return [
    ...keyWarnings('STATE_KEYS', keyRing),
    ...databaseWarnings('DATABASE_URL', settings.DATABASE_URL),
    ...databaseWarnings('STATE_PG_URL', settings.STATE_PG_URL),
    ...urlWarnings('STATE_URL', settings.STATE_URL),
    ...urlWarnings('STATE_S3_ENDPOINT', settings.STATE_S3_ENDPOINT),
    ...urlWarnings('DRIFT_WEBHOOK_URL', settings.DRIFT_WEBHOOK_URL),
    ...previousPasswordWarnings('BROKER', settings.broker),
    ...previousPasswordWarnings('OPERATOR', settings.operator),
    ...previousPasswordWarnings('READER', settings.reader),
  ]
}

function urlWarnings(setting: string, address: string | undefined): SettingsWarning[] {
  if (!address?.startsWith('http:')) return []
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  if (isLoopback(host)) return []
  return [
    { setting, message: 'It leads to another machine in the clear: what is sent can be read. Use https://.' },
  ]
}
