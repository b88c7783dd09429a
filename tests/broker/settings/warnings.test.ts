import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../broker/settings/read.ts'
import { settingsWarnings } from '../../../broker/settings/warnings.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'

const keyOf = (key: Uint8Array | string) => `k:${Buffer.from(key).toString('base64')}`

function warned(environment: Record<string, string>, keys = KeyRing.newEntry('k')) {
  const warnings = settingsWarnings(readSettings(environment), KeyRing.parse(keys))
  expect(JSON.stringify(warnings)).not.toContain('geheim')
  return warnings.map(({ setting }) => setting)
}

const webhook = (DRIFT_WEBHOOK_URL: string) => ({
  DRIFT_WEBHOOK_URL,
  DRIFT_WEBHOOK_SECRET: 'whsec_b2YgdGhlIHJlY2VpdmVyIG9ubHkhISEh',
})

describe('a start warns by name of', () => {
  test.each([
    ['zeros', Buffer.alloc(32)],
    ['a row of numbers', Uint8Array.from({ length: 32 }, (_, index) => index)],
    ['a row of numbers backwards', Uint8Array.from({ length: 32 }, (_, index) => 255 - 3 * index)],
    ['a short word again and again', 'geheim'.repeat(6).slice(0, 32)],
    ['a few bytes again and again', Buffer.from('b7e02c91f4588a1dd36f'.repeat(4).slice(0, 64), 'hex')],
    ['a passphrase', 'geheim, and Nobody guesses that1'],
  ])('a key that nobody has drawn: %s', (_name, key) => {
    expect(warned({}, keyOf(key))).toEqual(['STATE_KEYS'])
  })

  test.each<[string, Record<string, string>]>([
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u:geheim@db.internal/b?sslmode=disable' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u:geheim@db.internal/b' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u:geheim@10.0.0.1/b?sslmode=no-verify' }],
    ['STATE_PG_URL', { STATE_PG_URL: 'postgresql://u:geheim@[fd00::1]/b?sslmode=disable' }],
    ['STATE_URL', { STATE_URL: 'http://broker.internal' }],
    ['STATE_S3_ENDPOINT', { STATE_S3_ENDPOINT: 'http://minio.internal:9000' }],
    ['DRIFT_WEBHOOK_URL', webhook('http://user:geheim@hooks.internal/drift')],
  ])('what others can read on the way: %s=%j', (setting, environment) => {
    expect(warned(environment)).toEqual([setting])
  })
})

describe('a start has nothing to say about', () => {
  test.each<Record<string, string>>([
    { DATABASE_URL: 'postgresql://u:p@db.internal/b?sslmode=verify-full' },
    { DATABASE_URL: 'postgresql://u:p@127.0.0.1/b?sslmode=disable' },
    { DATABASE_URL: 'postgresql:///b?host=/var/run/postgresql' },
    { STATE_PG_URL: 'postgresql://u@localhost/b' },
    { STATE_URL: 'https://broker.internal' },
    { STATE_URL: 'http://[::1]:8080' },
    { STATE_S3_ENDPOINT: 'http://127.0.0.1:9000' },
    webhook('http://localhost:9000/drift'),
  ])('%j', (environment) => {
    expect(warned(environment)).toEqual([])
  })

  test('a key that was drawn', () => {
    for (let count = 0; count < 1000; count++) expect(warned({}, keyOf(randomBytes(32)))).toEqual([])
  })
})
