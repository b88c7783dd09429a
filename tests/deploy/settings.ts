import { expect } from 'vitest'
import { environmentSchema, secretSettings } from '../../broker/settings/environment.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'

/** The secrets, which a platform keeps apart from the other settings. */
const secrets: Record<string, string> = {
  BROKER_PASSWORD: 'of the platform only',
  OPERATOR_PASSWORD: 'of the operators only',
  DATABASE_URL: 'postgres://broker@db/broker',
  STATE_KEYS: KeyRing.newEntry('k'),
}

/** Fails when one of these is no setting of the broker. */
export function requireSettings(settings: Record<string, string>): void {
  const known = [...Object.keys(environmentSchema.entries), ...secretSettings.map((name) => `${name}_FILE`)]
  expect(known).toEqual(expect.arrayContaining(Object.keys(settings)))
}

/** Secrets in place of the files that an example names. */
export function withoutFiles(settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const secret = name.replace(/_FILE$/, '')
      return name === secret ? [name, value] : [secret, secrets[secret] ?? `nothing for ${name}`]
    }),
  )
}

/** With the secrets that an example leaves to somebody who sets them. */
export const withSecrets = (settings: Record<string, string>) => ({ ...secrets, ...settings })
