import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../broker/settings/read.ts'
import { aws } from './aws.ts'

describe('a login that others can guess stops the start', () => {
  const operator = { OPERATOR_USERNAME: 'admin', OPERATOR_PASSWORD: 'of the operators only' }
  const reader = { READER_USERNAME: 'auditor', READER_PASSWORD: 'of the auditors only' }
  const safe = { ...aws, ...operator, ...reader }

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'announced ones',
      { BROKER_USERNAME: 'broker', BROKER_PASSWORD: 'broker' },
      /^BROKER_PASSWORD must have/,
    ],
    ['one letter', { OPERATOR_PASSWORD: 'x' }, /^OPERATOR_PASSWORD must have at least 16 characters/],
    ['one letter after a proxy', { HOST: '127.0.0.1', READER_PASSWORD: 'x' }, /^READER_PASSWORD must have/],
    ['the same letter', { OPERATOR_PASSWORD: 'x'.repeat(40) }, /^OPERATOR_PASSWORD must have/],
    ['short to people', { BROKER_PASSWORD: '🔑'.repeat(8) }, /^BROKER_PASSWORD must have/],
  ])('%s', (_name, settings, message) => {
    expect(() => readSettings({ ...safe, ...settings })).toThrow(message)
  })

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "the platform's password as the operators'",
      { OPERATOR_PASSWORD: aws.BROKER_PASSWORD },
      /^OPERATOR_PASSWORD must be another one than BROKER_PASSWORD$/,
    ],
    [
      "the platform's name as the operators'",
      { OPERATOR_USERNAME: aws.BROKER_USERNAME },
      /^OPERATOR_USERNAME must be another one than BROKER_USERNAME$/,
    ],
    [
      "the operators' password as the auditors'",
      { READER_PASSWORD: operator.OPERATOR_PASSWORD },
      /^READER_PASSWORD must be another one than OPERATOR_PASSWORD$/,
    ],
    [
      "the platform's name as the auditors'",
      { READER_USERNAME: aws.BROKER_USERNAME },
      /^READER_USERNAME must be another one than BROKER_USERNAME$/,
    ],
  ])('%s', (_name, settings, message) => {
    expect(() => readSettings({ ...safe, ...settings })).toThrow(message)
  })

  test('also on one machine: a login is one role’s', () => {
    expect(() => readSettings({ OPERATOR_PASSWORD: 'broker' })).toThrow(/OPERATOR_PASSWORD must be another/)
  })

  test('three distinct ones of 16 characters do', () => {
    expect(readSettings(safe).reader?.username).toBe('auditor')
  })
})

describe('the login that may only look', () => {
  const reader = { READER_USERNAME: 'auditor', READER_PASSWORD: 'only looks' }

  test('is optional', () => {
    expect(readSettings(reader)).toMatchObject({ reader: { username: 'auditor', password: 'only looks' } })
    expect(readSettings({}).reader).toBeUndefined()
  })

  test.each([
    ['half of it', { READER_USERNAME: 'auditor' }, 'go together'],
    ["the operators' own name", { ...reader, READER_USERNAME: 'operator' }, 'another one'],
    ['one without an operator', { ...aws, ...reader }, 'needs OPERATOR_USERNAME'],
  ])('is not %s', (_name, settings, message) => {
    expect(() => readSettings(settings)).toThrow(message)
  })
})
