import { resolve } from 'node:path'
import * as v from 'valibot'
import { withSecretFiles } from '../../state-backend/settings/secret-files.ts'
import { boundDatabase } from './bound-database.ts'
import { contradictions } from './contradictions.ts'
import { environmentSchema, secretSettings } from './environment.ts'
import { localDefaults } from './local-defaults.ts'
import '../text/issues.ts'
import { type Role, type Settings, SettingsError } from './settings.ts'

/** Reads all settings. @throws SettingsError with a line for each wrong setting. */
export function readSettings(surroundings: NodeJS.ProcessEnv): Settings {
  const environment = complete(surroundings)
  const local = (environment.PLATFORM ?? 'local') === 'local'
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))
  const result = v.safeParse(environmentSchema, {
    ...(local ? localDefaults : { HOST: '0.0.0.0' }),
    ...given,
  })
  if (!result.success) throw wrongSettings(result.issues, surroundings)
  const { BROKER_USERNAME, BROKER_PASSWORD, BROKER_PASSWORD_PREVIOUS, ...others } = result.output
  const { OPERATOR_USERNAME, OPERATOR_PASSWORD, OPERATOR_PASSWORD_PREVIOUS, ...rest } = others
  const { READER_USERNAME, READER_PASSWORD, READER_PASSWORD_PREVIOUS, ...values } = rest

  const wrong: string[] = []
  const needed = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) wrong.push(`${name} must be set on PLATFORM=aws`)
    return value as T
  }
  const login = (role: Role, username?: string, password?: string, previousPassword?: string) => {
    if ((username === undefined) !== (password === undefined)) {
      wrong.push(`${role}_USERNAME and ${role}_PASSWORD go together`)
    }
    if (previousPassword !== undefined && password === undefined) {
      wrong.push(`${role}_PASSWORD_PREVIOUS needs ${role}_PASSWORD beside it`)
    }
    return username === undefined || password === undefined
      ? undefined
      : { username, password, previousPassword }
  }
  const settings: Settings = {
    ...values,
    DATA_DIR: resolve(values.DATA_DIR),
    AWS_PROVIDER_MIRROR: values.AWS_PROVIDER_MIRROR && resolve(values.AWS_PROVIDER_MIRROR),
    HOST: needed('HOST', values.HOST),
    AWS_REGION: needed('AWS_REGION', values.AWS_REGION),
    SUBNET_GROUP: needed('SUBNET_GROUP', values.SUBNET_GROUP),
    SECURITY_GROUPS: needed('SECURITY_GROUPS', values.SECURITY_GROUPS),
    TAG_BROKER: needed('TAG_BROKER', values.TAG_BROKER),
    broker: {
      username: needed('BROKER_USERNAME', BROKER_USERNAME),
      password: needed('BROKER_PASSWORD', BROKER_PASSWORD),
      previousPassword: BROKER_PASSWORD_PREVIOUS,
    },
    operator: login('OPERATOR', OPERATOR_USERNAME, OPERATOR_PASSWORD, OPERATOR_PASSWORD_PREVIOUS),
    reader: login('READER', READER_USERNAME, READER_PASSWORD, READER_PASSWORD_PREVIOUS),
  }
  wrong.push(...contradictions(settings))
  if (wrong.length > 0) throw new SettingsError(wrong.join('\n'))
  return settings
}

/** With what is in files of secrets, and with a database that the platform has bound. */
function complete(surroundings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { environment, wrong } = withSecretFiles(surroundings, secretSettings)
  if (wrong.length > 0) throw new SettingsError(wrong.join('\n'))
  const DATABASE_URL = environment.DATABASE_URL ?? boundDatabase(environment.VCAP_SERVICES)
  return { ...environment, DATABASE_URL }
}

/** A line for each wrong setting. @param surroundings the settings as they were given: by themselves or in files */
export function wrongSettings(
  issues: readonly v.BaseIssue<unknown>[],
  surroundings: NodeJS.ProcessEnv,
): SettingsError {
  const wrong = new Map<string, string>()
  for (const { path, message } of issues) {
    // Of a list it is the setting that is wrong: its entries have no names.
    const name = String(path?.[0].key)
    if (!wrong.has(name)) wrong.set(name, message)
  }
  const lines = [...wrong].map(([name, message]) =>
    surroundings[`${name}_FILE`] === undefined
      ? `${name} ${message}`
      : `${name}, from ${name}_FILE, ${message}`,
  )
  return new SettingsError(lines.join('\n'))
}
