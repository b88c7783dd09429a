import { Fault } from './faults.ts'
import type { Tags } from './types.ts'

const MOST_TAGS = 50
const LONGEST_KEY = 128
const LONGEST_VALUE = 256

/** Letters and digits of any language, spaces and a few signs. Half a surrogate pair is no letter. */
const CHARACTERS = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u

/**
 * AWS's rules for all tags of a resource together. Lengths are in Unicode characters. ElastiCache itself is documented
 * to allow any character; these are the ones that its user guide names as safe with all services.
 */
export function checkTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags)) {
    checkText('key', key, LONGEST_KEY)
    checkText('value', value, LONGEST_VALUE)
    if (key === '') throw invalid('A tag key must not be empty.')
    if (/^aws:/i.test(key)) throw invalid(`The tag key ${key} begins with aws:, which is AWS's own.`)
  }
  if (Object.keys(tags).length > MOST_TAGS) {
    throw new Fault('TagQuotaPerResourceExceeded', `A resource has at most ${MOST_TAGS} tags.`)
  }
}

function checkText(part: 'key' | 'value', text: string, longest: number): void {
  const length = [...text].length
  if (length > longest) {
    throw invalid(`A tag ${part} has at most ${longest} characters, not ${length}.`)
  }
  if (!CHARACTERS.test(text)) {
    throw invalid(`The tag ${part} ${text} has other characters than letters, digits, spaces and _.:/=+-@.`)
  }
}

function invalid(message: string): Fault {
  return new Fault('InvalidParameterValue', message)
}
