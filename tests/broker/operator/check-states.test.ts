import { expect, test } from 'vitest'
import { type StatesOptions, statesApp } from '../../../broker/operator/states.ts'
import type { States } from '../../../broker/states/states.ts'

const failing = (message: string) => () => Promise.reject(new Error(message))

/** The answer of a check where the states live. */
async function check(places: Pick<States, 'write' | 'readBytes' | 'remove'>) {
  const states = { kind: 's3', ...places } as States
  const answer = await statesApp({ states } as StatesOptions).request('/check', { method: 'POST' })
  return [answer.status, await answer.text()]
}

test('a place where nothing can be written or removed says what keeps it from writing', async () => {
  const places = { write: failing('the disk is full'), readBytes: async () => undefined }
  expect(await check({ ...places, remove: failing('nor can it be removed') })).toEqual([
    409,
    'A value could not be written and read: the disk is full',
  ])
})

test('a place where nothing can be removed says so', async () => {
  let written: Uint8Array | undefined
  const write = async (_stack: string, value: Uint8Array) => {
    written = value
  }
  expect(await check({ write, readBytes: async () => written, remove: failing('access denied') })).toEqual([
    409,
    'A value that was written could not be removed: access denied',
  ])
})
