import { Hono } from 'hono'
import type { Condition } from '../database/condition.ts'
import { answer } from './answer.ts'

/**
 * The condition of the database, at `/operator/database`: `doctor` can't look at an embedded one that a broker has open.
 */
export function databaseApp(condition: () => Promise<Condition>) {
  return new Hono().get('/', async (c) => answer(c, await condition()))
}
