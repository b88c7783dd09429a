import { createHash, timingSafeEqual } from 'node:crypto'
import type { Access, Operators } from '../state-backend/index.ts'
import type { Credentials, Settings } from './settings.ts'

/** What a login of operators opens. */
export function accessOf({ operator, reader }: Pick<Settings, 'operator' | 'reader'>) {
  return function access(username: string, password: string): Access | undefined {
    const given = { username, password }
    if (operator && isSame(given, operator)) return 'write'
    return reader && isSame(given, reader) ? 'read' : undefined
  } satisfies Operators
}

function isSame(given: Credentials, known: Credentials): boolean {
  const digest = ({ username, password }: Credentials) =>
    createHash('sha256')
      .update(JSON.stringify([username, password]))
      .digest()
  return timingSafeEqual(digest(given), digest(known))
}
