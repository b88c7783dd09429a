import * as v from 'valibot'
import { isStorable } from '../../state-backend/postgres/storable.ts'

export { isStorable }

/** Characters of the longest id that Cloud Controller can store. */
const longest = 255

/** The text without what the database can't hold. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** Ids and names of a request, as the database and Cloud Controller can hold them. */
export const storableText = v.pipe(
  v.string('must be a string'),
  v.nonEmpty('must not be empty'),
  v.maxLength(longest, `must have at most ${longest} characters`),
  v.check(isStorable, 'holds characters that are not allowed'),
)
