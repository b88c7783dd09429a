import { expect, test } from 'vitest'
import { Closers } from '../../../broker/start/closers.ts'

test('what was opened last is closed first, and what can not be closed keeps nothing else open', async () => {
  const closed: string[] = []
  const closers = new Closers()
  closers.add(async () => void closed.push('first'))
  closers.add(() => Promise.reject(new Error('the second stays open')))
  closers.add(() => Promise.reject(new Error('the third stays open')))
  closers.add(async () => void closed.push('last'))
  await expect(closers.close()).rejects.toThrow('the third stays open')
  expect(closed).toEqual(['last', 'first'])
})
