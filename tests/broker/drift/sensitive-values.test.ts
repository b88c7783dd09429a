import { describe, expect, test } from 'vitest'
import { change, plan } from './classified.ts'
import { redis } from './finding.ts'

describe('a sensitive value is never shown, only that it changed:', () => {
  test.each([
    {
      what: 'an attribute',
      values: [{ auth_token: 'old-secret' }, { auth_token: 'new-secret' }],
      marks: { before_sensitive: { auth_token: true }, after_sensitive: { auth_token: true } },
      attribute: 'auth_token',
    },
    {
      what: 'an attribute that was not sensitive before',
      values: [{ auth_token: null }, { auth_token: 'new-secret' }],
      marks: { after_sensitive: { auth_token: true } },
      attribute: 'auth_token',
    },
    {
      what: 'a list with a sensitive part',
      values: [{ users: ['old-secret'] }, { users: ['new-secret'] }],
      marks: { before_sensitive: { users: [true] } },
      attribute: 'users',
    },
    {
      what: 'a map that is sensitive as a whole',
      values: [{ users: { a: 'old-secret' } }, { users: { a: 'new-secret' } }],
      marks: { before_sensitive: { users: true }, after_sensitive: { users: true } },
      attribute: 'users',
    },
    {
      what: 'an attribute of a resource that is sensitive as a whole',
      values: [{ auth_token: 'old-secret' }, { auth_token: 'new-secret' }],
      marks: { before_sensitive: true, after_sensitive: true },
      attribute: 'auth_token',
    },
  ])('$what', ({ values: [before, after], marks, attribute }) => {
    const { before_sensitive, after_sensitive } = { before_sensitive: {}, after_sensitive: {}, ...marks }
    const result = plan({
      resource_drift: [change(['update'], before, after, marks)],
      resource_changes: [
        change(['update'], after, before, {
          before_sensitive: after_sensitive,
          after_sensitive: before_sensitive,
        }),
      ],
    })
    expect(result.findings).toEqual([
      { cause: 'world', resource: redis, change: 'changed', attribute, sensitive: true },
    ])
    expect(JSON.stringify(result)).not.toContain('secret')
  })

  test('an output', () => {
    const marks = { before_sensitive: true, after_sensitive: true }
    const result = plan({
      output_changes: { password: change(['update'], 'old-secret', 'new-secret', marks).change },
    })
    expect(result.findings).toEqual([
      { cause: 'stack', resource: 'output.password', change: 'changed', sensitive: true },
    ])
  })
})
