import * as v from 'valibot'

/** Characters of the longest id that Cloud Controller can store. */
const longest = 255

/** Whether the database can hold a text: PostgreSQL takes no NUL and no half surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

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
