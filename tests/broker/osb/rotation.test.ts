import { randomUUID } from 'node:crypto'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../../support/refusal.ts'
import { bothWork } from './rotation/both-work.ts'
import { interrupted } from './rotation/interrupted.ts'
import { retired } from './rotation/retired.ts'
import { bound, broker, fresh, given, id, rotated } from './rotation/site.ts'

describe('wrong requests change nothing', () => {
  test.each([
    ['both steps at once', { rotateCredentials: true, retireOldCredentials: true }, /two steps/],
    ['force alone', { force: true }, /force belongs to rotateCredentials/],
    ['text in place of true', { rotateCredentials: 'yes' }, /rotateCredentials must be true or false/],
  ])('%s: 400', async (_what, parameters, reason) => {
    const answer = await broker().update(id, { parameters })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(reason)
  })

  test('a creation knows no rotation: 400', async () => {
    const answer = await broker().provision(randomUUID(), 'redis-dev', {
      parameters: { rotateCredentials: true },
    })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(/Unknown parameter rotateCredentials/)
  })

  test('there is nothing to retire before a rotation: 200, and nothing is done', () => {
    const { retired, asked, fetched, first } = fresh()
    expect(retired.status).toBe(200)
    expect(asked.body.error).toContain('no old credentials')
    expect(fetched).toEqual(first)
  })

  test('a predecessor that has the newest credentials: 400, and what to do first', () => {
    const { successor } = fresh()
    expectRefusal(successor, 400)
    expect(successor.body.description).toMatch(/rotateCredentials/)
  })
})

bothWork()
retired()
interrupted()

test('no password is in the log, and none in clear on the disk', async () => {
  const passwords = () => new Set(given.map(({ password }) => password))
  // By itself: that of the creation and of a rotation.
  if (passwords().size < 2) await rotated()
  await bound('last')
  for (const password of passwords()) {
    expect(broker().output).not.toContain(password)
    const { stdout } = await execa('grep', ['-rla', password, broker().dataDirectory], { reject: false })
    expect(stdout).toBe('')
  }
})
