import { Fault } from '../service/faults.ts'
import type { Query } from './query.ts'

const FEWEST = 20
const MOST = 100

/**
 * One page of a list, and the marker of the next one. @param idOf what the list is sorted by
 * @throws Fault for a size that AWS does not take
 */
export function page<T>(query: Query, all: T[], idOf: (one: T) => string): { items: T[]; Marker?: string } {
  const size = query.integer('MaxRecords') ?? MOST
  if (size < FEWEST || size > MOST) {
    throw new Fault('InvalidParameterValue', `MaxRecords must be between ${FEWEST} and ${MOST}.`)
  }
  const marker = query.text('Marker')
  const sorted = all.toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1))
  const rest = marker ? sorted.filter((one) => idOf(one) >= marker) : sorted
  const next = rest[size]
  return { items: rest.slice(0, size), ...(next === undefined ? {} : { Marker: idOf(next) }) }
}
