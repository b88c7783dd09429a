import { expect } from 'vitest'
import type { Answer } from './broker.ts'

/** The codes of the specification; Cloud Controller acts on them, so they have to be exact. */
export type Code = 'AsyncRequired' | 'ConcurrencyError' | 'MaintenanceInfoConflict'

/**
 * Every refusal is JSON, with a description for users, a code only where the specification has one,
 * and nothing else.
 */
export function expectRefusal({ status, headers, body }: Answer, expected: number, code?: Code): void {
  expect({ status, body }).toEqual({
    status: expected,
    body: { description: expect.stringMatching(/^.{1,1000}$/s), ...(code ? { error: code } : {}) },
  })
  expect(headers.get('content-type')).toMatch(/^application\/json/)
}
