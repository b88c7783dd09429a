import * as v from 'valibot'
import { SettingsError } from './settings.ts'

const text = v.pipe(v.string(), v.nonEmpty())

/** The names that brokers of PostgreSQL give the parts of an address. */
const Parts = v.object({
  host: v.optional(text),
  hostname: v.optional(text),
  port: v.optional(v.union([text, v.number()]), 5432),
  user: v.optional(text),
  username: v.optional(text),
  password: v.optional(text),
  dbname: v.optional(text),
  database: v.optional(text),
  db_name: v.optional(text),
  name: v.optional(text),
})

const Credentials = v.record(v.string(), v.unknown())

/** By the labels of the offerings. Cloud Foundry's own form of it. */
const Services = v.record(
  v.string(),
  v.array(
    v.object({
      name: v.optional(v.nullable(v.string()), ''),
      label: v.optional(v.string(), ''),
      tags: v.optional(v.nullable(v.array(v.string())), []),
      credentials: v.optional(v.nullable(Credentials), {}),
    }),
  ),
)

type Service = v.InferOutput<typeof Services>[string][number]

/**
 * The address of the PostgreSQL that is bound to the application on Cloud Foundry. It is known by its label, its
 * tags, or the scheme of its address, and read in whatever form its broker gives it.
 * @param vcapServices the environment's VCAP_SERVICES
 * @returns undefined when there is none
 * @throws SettingsError that shows no credentials, when it can't be told which one it is or how to reach it
 */
export function boundDatabase(vcapServices: string | undefined): string | undefined {
  if (vcapServices === undefined) return undefined
  const services = Object.values(parsed(vcapServices)).flat()
  const databases = services.filter(isPostgres)
  const [database, ...others] = databases
  if (!database) return undefined
  const names = databases.map(({ name, label }) => name || label).join(', ')
  if (others.length > 0) {
    throw new SettingsError(
      `VCAP_SERVICES has more than one PostgreSQL (${names}): unbind those that are not the broker's, or set DATABASE_URL`,
    )
  }
  const address = addressOf(database) ?? addressOfParts(database)
  if (address) return address
  throw new SettingsError(
    `The credentials of ${names} in VCAP_SERVICES have neither a postgres:// address nor host, user, password and database: set DATABASE_URL`,
  )
}

function parsed(json: string): v.InferOutput<typeof Services> {
  try {
    return v.parse(Services, JSON.parse(json))
  } catch {
    // What is wrong with it would be told with a piece of it.
    throw new SettingsError('VCAP_SERVICES is not what Cloud Foundry gives to an application')
  }
}

function isPostgres(service: Service): boolean {
  const { label, tags } = service
  return [label, ...(tags ?? [])].some((word) => /postgres/i.test(word)) || addressOf(service) !== undefined
}

function addressOf({ credentials }: Service): string | undefined {
  const addresses = ['uri', 'url', 'database_uri', 'DATABASE_URL'].map((key) => credentials?.[key])
  return addresses.find(
    (address): address is string => typeof address === 'string' && /^postgres(ql)?:\/\//.test(address),
  )
}

function addressOfParts({ credentials }: Service): string | undefined {
  const result = v.safeParse(Parts, credentials)
  if (!result.success) return undefined
  const { output: parts } = result
  const host = parts.host ?? parts.hostname
  const user = parts.user ?? parts.username
  const database = parts.dbname ?? parts.database ?? parts.db_name ?? parts.name
  if (!host || !user || !parts.password || !database) return undefined
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(parts.password)}`
  const bracketed = host.includes(':') ? `[${host}]` : host
  return `postgresql://${login}@${bracketed}:${parts.port}/${encodeURIComponent(database)}`
}
