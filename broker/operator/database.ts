import { Hono } from 'hono'
import type { Condition } from '../database/condition.ts'
import { answer } from './answer.ts'

/** What `doctor` can't find out by itself while a broker has its embedded database open; at `/operator/database`. */
export function databaseApp(condition: () => Promise<Condition>) {
  return new Hono().get('/', async (c) => answer(c, await condition()))
}
