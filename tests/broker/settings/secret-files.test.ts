import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { secretSettings } from '../../../broker/settings/environment.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { unknownSettings } from '../../../broker/settings/unknown.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { readSettings as readBackendSettings } from '../../../state-backend/settings/settings.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function file(content: string): string {
  const path = join(directory, String(Math.random()))
  writeFileSync(path, content)
  return path
}

test('every secret setting of the broker can be in a file', () => {
  expect(secretSettings).toEqual([
    'BROKER_PASSWORD',
    'BROKER_PASSWORD_PREVIOUS',
    'OPERATOR_PASSWORD',
    'OPERATOR_PASSWORD_PREVIOUS',
    'READER_PASSWORD',
    'READER_PASSWORD_PREVIOUS',
    'DATABASE_URL',
    'STATE_KEYS',
    'STATE_PG_URL',
    'DRIFT_WEBHOOK_SECRET',
  ])
  const keys = KeyRing.newEntry('k')
  const files = {
    BROKER_PASSWORD_FILE: file('of the platform\n'),
    DATABASE_URL_FILE: file('postgres://broker:geheim@db/broker\r\n'),
    STATE_KEYS_FILE: file(`${keys}\n`),
  }
  expect(readSettings(files)).toMatchObject({
    broker: { password: 'of the platform' },
    DATABASE_URL: 'postgres://broker:geheim@db/broker',
    STATE_KEYS: keys,
  })
  expect(unknownSettings(files)).toEqual([])
})

test('blanks in a file belong to the password', () => {
  expect(readSettings({ BROKER_PASSWORD_FILE: file(' a b \n') }).broker.password).toBe(' a b ')
})

test('a misspelt name of one is told', () => {
  expect(unknownSettings({ BROKER_PASWORD_FILE: '/x' })).toEqual([
    'BROKER_PASWORD_FILE is no setting and has no effect. Did you mean BROKER_PASSWORD_FILE?',
  ])
})

describe('a file that can’t be taken stops the start, without what is in it', () => {
  test('the setting beside it', () => {
    const both = { BROKER_PASSWORD: 'geheim', BROKER_PASSWORD_FILE: file('geheim') }
    expect(() => readSettings(both)).toThrow(
      /^BROKER_PASSWORD and BROKER_PASSWORD_FILE are both set: take one of them out$/,
    )
  })

  test('none there, nothing in it, no name', () => {
    const files = {
      BROKER_PASSWORD_FILE: join(directory, 'none'),
      OPERATOR_PASSWORD_FILE: file('\n'),
      DATABASE_URL_FILE: '',
    }
    expect(() => readSettings(files)).toThrow(
      new RegExp(
        [
          "^BROKER_PASSWORD_FILE names \\S+/none, which can't be read \\(ENOENT\\)",
          'OPERATOR_PASSWORD_FILE names \\S+, which is empty',
          'DATABASE_URL_FILE must not be empty$',
        ].join('\n'),
      ),
    )
  })

  test.each([
    ['BROKER_PASSWORD', 'geheim\ngeheim'],
    ['DATABASE_URL', 'mysql://geheim'],
    ['STATE_KEYS', 'k:geheim'],
  ])('something else than %s', (name, content) => {
    const read = () => readSettings({ [`${name}_FILE`]: file(content) })
    expect(read).toThrow(`${name}, from ${name}_FILE, `)
    expect(read).not.toThrow(/geheim/)
  })
})

describe('the state backend by itself', () => {
  const needed = () => ({
    DATABASE_URL_FILE: file('postgres://broker:geheim@db/broker\n'),
    OPERATOR_PASSWORD_FILE: file('of the operators only\n'),
    STATE_KEYS: KeyRing.newEntry('k'),
  })

  test('takes its secrets from files', () => {
    expect(readBackendSettings(needed())).toMatchObject({
      DATABASE_URL: 'postgres://broker:geheim@db/broker',
      OPERATOR_PASSWORD: 'of the operators only',
    })
  })

  test('refuses both', () => {
    const both = { ...needed(), OPERATOR_PASSWORD: 'geheim' }
    expect(() => readBackendSettings(both)).toThrow(
      'OPERATOR_PASSWORD and OPERATOR_PASSWORD_FILE are both set: take one of them out.',
    )
  })
})
