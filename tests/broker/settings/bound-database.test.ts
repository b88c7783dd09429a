import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../broker/settings/read.ts'

const redis = {
  label: 'redis',
  name: 'cache',
  tags: ['redis'],
  credentials: { uri: 'redis://:geheim@cache:6379' },
}

/** VCAP_SERVICES as Cloud Foundry makes it, by label. */
function vcap(...services: ({ label: string } & Record<string, unknown>)[]): string {
  return JSON.stringify(Object.groupBy(services, ({ label }) => label))
}

const databaseOf = (...services: Parameters<typeof vcap>) =>
  readSettings({ VCAP_SERVICES: vcap(redis, ...services) }).DATABASE_URL

describe('a PostgreSQL that is bound to the application is the database', () => {
  const url = 'postgres://broker:geheim@db.internal:5432/broker'
  const parts = { port: 5433, password: 'ge/heim' }

  test.each<[string, string, Record<string, unknown>]>([
    ['uri', url, { label: 'postgresql', credentials: { uri: url } }],
    ['url', url, { label: 'aws-rds-postgres', credentials: { url } }],
    ['a tag', url, { label: 'csb', tags: ['PostgreSQL'], credentials: { uri: url } }],
    ['its scheme, of a user-provided service', url, { label: 'user-provided', credentials: { uri: url } }],
    [
      'host, user, dbname',
      'postgresql://broker:ge%2Fheim@db.internal:5433/broker',
      {
        label: 'postgres',
        credentials: { ...parts, host: 'db.internal', user: 'broker', dbname: 'broker' },
      },
    ],
    [
      'hostname, username, name, beside an address of another kind',
      'postgresql://broker:ge%2Fheim@db.internal:5433/broker',
      {
        label: 'postgres',
        credentials: {
          ...parts,
          jdbc_uri: 'jdbc:postgresql://…',
          hostname: 'db.internal',
          username: 'broker',
          name: 'broker',
        },
      },
    ],
    [
      'an IPv6 host, and the usual port',
      'postgresql://broker:geheim@[fd00::1]:5432/broker',
      {
        label: 'postgres',
        credentials: { host: 'fd00::1', user: 'broker', password: 'geheim', database: 'broker' },
      },
    ],
  ])('known by %s', (_name, expected, service) => {
    expect(databaseOf({ label: '', ...service })).toBe(expected)
  })
})

test('without one, and outside of Cloud Foundry, the database is embedded', () => {
  expect(databaseOf()).toBeUndefined()
  expect(readSettings({}).DATABASE_URL).toBeUndefined()
})

test('DATABASE_URL goes before', () => {
  const VCAP_SERVICES = vcap({ label: 'postgres', credentials: { uri: 'postgres://bound/broker' } })
  expect(readSettings({ VCAP_SERVICES, DATABASE_URL: 'postgres://set/broker' }).DATABASE_URL).toBe(
    'postgres://set/broker',
  )
})

describe('a start is refused, without a word of the credentials,', () => {
  const one = { label: 'postgres', name: 'db-1', credentials: { uri: 'postgres://x:geheim@y/z' } }

  test.each<[string, string, string]>([
    [
      'for two of them',
      vcap(one, { ...one, name: 'db-2' }),
      "VCAP_SERVICES has more than one PostgreSQL (db-1, db-2): unbind those that are not the broker's, or set DATABASE_URL",
    ],
    [
      'for one without an address',
      vcap({ ...one, credentials: { password: 'geheim' } }),
      'The credentials of db-1 in VCAP_SERVICES have neither a postgres:// address nor host, user, password and database: set DATABASE_URL',
    ],
    ['for something else', 'geheim', 'VCAP_SERVICES is not what Cloud Foundry gives to an application'],
    [
      'for JSON of something else',
      '{"postgres": "geheim"}',
      'VCAP_SERVICES is not what Cloud Foundry gives to an application',
    ],
  ])('%s', (_name, VCAP_SERVICES, message) => {
    expect(() => readSettings({ VCAP_SERVICES })).toThrow(new Error(message))
  })
})
