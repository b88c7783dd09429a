import * as v from 'valibot'
import { startOf } from './shorten.ts'

/** A number in JSON. The refusal tells what was given. */
export function wholeNumber(least: number, most: number) {
  const message = ({ input }: { input: unknown }) =>
    `must be a whole number from ${least} to ${most}, and is ${startOf(JSON.stringify(input) ?? '', 40)}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}

/** One that is written in digits, as in settings and queries. */
export function writtenWholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return v.pipe(
    v.string(),
    v.regex(/^\d+$/, message),
    v.transform(Number),
    v.minValue(least, message),
    v.maxValue(most, message),
  )
}
