import * as v from 'valibot'
import { type Login, weakLogins } from '../logins/logins.ts'
import { DEFAULT_LIMITS } from '../store.ts'
import { secret, secretsIn, withSecretFiles } from './secret-files.ts'

const count = (setting: string, fallback: number, highest = Number.MAX_SAFE_INTEGER) =>
  v.pipe(
    v.optional(v.string(), String(fallback)),
    v.regex(/^[1-9][0-9]*$/, `${setting} must be a whole number above 0.`),
    v.transform(Number),
    v.maxValue(highest, `${setting} must be at most ${highest}.`),
  )

/** The settings of the state backend by itself, from the environment. */
const Environment = v.object({
  HOST: v.optional(v.string(), '127.0.0.1'),
  PORT: count('PORT', 8080, 65_535),
  /** How many proxies stand in front of it, whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: v.pipe(
    v.optional(v.string(), '0'),
    v.regex(/^[0-9]$/, 'TRUSTED_PROXIES must be a whole number from 0 to 9.'),
    v.transform(Number),
  ),
  DATABASE_URL: secret(
    v.pipe(
      v.optional(v.string(), ''),
      v.regex(
        /^postgres(ql)?:\/\/./,
        'DATABASE_URL must name the database: postgres://user:password@host/database.',
      ),
    ),
  ),
  /** The key ring itself, or the file that it is in; the file is made when it is not there. */
  STATE_KEYS: v.optional(v.string()),
  STATE_KEYS_FILE: v.optional(v.string()),
  /** May read and write every state. */
  OPERATOR_USERNAME: v.optional(v.string(), 'operator'),
  OPERATOR_PASSWORD: secret(
    v.pipe(
      v.optional(v.string(), ''),
      v.nonEmpty('OPERATOR_PASSWORD must be set: terraform signs in with it.'),
    ),
  ),
  /** Taken as well, while some still use it. */
  OPERATOR_PASSWORD_PREVIOUS: secret(v.optional(v.string())),
  /** May read every state. Nobody, when it is left out. */
  READER_USERNAME: v.optional(v.string(), 'reader'),
  READER_PASSWORD: secret(v.optional(v.pipe(v.string(), v.nonEmpty('READER_PASSWORD must not be empty.')))),
  READER_PASSWORD_PREVIOUS: secret(v.optional(v.string())),
  STATE_MAX_BYTES: count('STATE_MAX_BYTES', DEFAULT_LIMITS.stateBytes),
  STATE_VERSIONS_KEPT: count('STATE_VERSIONS_KEPT', DEFAULT_LIMITS.versionsKept),
  STATE_REQUESTS_AT_ONCE: count('STATE_REQUESTS_AT_ONCE', DEFAULT_LIMITS.requestsAtOnce),
})

const Settings = v.pipe(
  Environment,
  v.check(
    (settings) => Boolean(settings.STATE_KEYS) !== Boolean(settings.STATE_KEYS_FILE),
    'Set either STATE_KEYS (the key ring) or STATE_KEYS_FILE (where it is, or is to be made).',
  ),
  // Whatever it listens on: it speaks HTTP, so that something in front of it lets others in.
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return
    for (const message of weakLogins(loginsOf(dataset.value), true)) addIssue({ message: `${message}.` })
  }),
)
export type Settings = v.InferOutput<typeof Settings>

interface GivenLogins {
  OPERATOR_USERNAME: string
  OPERATOR_PASSWORD: string
  OPERATOR_PASSWORD_PREVIOUS?: string | undefined
  READER_USERNAME: string
  READER_PASSWORD?: string | undefined
  READER_PASSWORD_PREVIOUS?: string | undefined
}

/** By role. Without a password there is no reader. */
export function loginsOf(given: GivenLogins): { OPERATOR: Login; READER: Login | undefined } {
  const { READER_USERNAME: reader, READER_PASSWORD: readers } = given
  return {
    OPERATOR: {
      username: given.OPERATOR_USERNAME,
      password: given.OPERATOR_PASSWORD,
      previousPassword: given.OPERATOR_PASSWORD_PREVIOUS,
    },
    READER: readers
      ? { username: reader, password: readers, previousPassword: given.READER_PASSWORD_PREVIOUS }
      : undefined,
  }
}

/** One sentence for each wrong setting. It never quotes a value. */
export class SettingsError extends Error {
  override name = 'SettingsError'
}

/** @throws SettingsError */
export function readSettings(surroundings: NodeJS.ProcessEnv): Settings {
  const { environment, wrong } = withSecretFiles(surroundings, secretsIn(Environment.entries))
  if (wrong.length > 0) throw new SettingsError(wrong.map((line) => `${line}.`).join('\n'))
  const result = v.safeParse(Settings, environment)
  if (result.success) return result.output
  throw new SettingsError(result.issues.map((issue) => issue.message).join('\n'))
}
