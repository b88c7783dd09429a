import type { KeyRing } from '../encryption/key-ring.ts'
import type { Login } from '../logins/logins.ts'
import { unencryptedPostgres } from '../postgres/encryption.ts'

/** A warning of a setting that is dangerous and may be intended. `setting` names it, and no value is quoted. */
export interface SettingsWarning {
  setting: string
  message: string
}

/** Keys that protect nothing. @param setting where they come from */
export function keyWarnings(setting: string, keyRing: KeyRing): SettingsWarning[] {
  const weak = keyRing.guessable.join(', ')
  if (weak === '') return []
  const message = `The key ${weak} is no random one, so that it can be guessed. Make another: openssl rand -base64 32`
  return [{ setting, message }]
}

/** A database to which everything goes in the clear. */
export function databaseWarnings(setting: string, address: string | undefined): SettingsWarning[] {
  const why = address && unencryptedPostgres(address)
  if (!why) return []
  return [{ setting, message: `${why}: states and passwords can be read. Set sslmode=verify-full in it.` }]
}

/** A password that is on its way out. @param role such as `OPERATOR` */
export function previousPasswordWarnings(role: string, login: Login | undefined): SettingsWarning[] {
  if (login?.previousPassword === undefined) return []
  const message = 'The previous password is still taken. Take it out when nobody uses it any more.'
  return [{ setting: `${role}_PASSWORD_PREVIOUS`, message }]
}
