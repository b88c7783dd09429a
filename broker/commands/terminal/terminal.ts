import { characters, startOf } from '../../text/shorten.ts'

/**
 * Signs that a terminal acts on, or that make a line look other than it is: control characters, format characters
 * such as the marks that turn the direction of writing, line separators, halves of characters. The two joiners
 * belong to words and signs of some languages.
 */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const escaped = (sign: string) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/** A text as one line that is safe to show: `\u001b` in place of an escape. */
export function oneLine(text: string): string {
  return text.replace(unsafe, escaped)
}

/** The same for a text of several lines. */
export function lines(text: string): string {
  return text.replace(unsafe, (sign) => (sign === '\n' || sign === '\t' ? sign : escaped(sign)))
}

/** Fields that are shown as JSON, which escapes line breaks by itself, or that hold what programs print. */
const severalLines = new Set(['before', 'after', 'text', 'detail', 'message'])

/**
 * An answer of the broker to make text of: no name in it can hold a line break, and so pass for a row of its own.
 * Names come from users of the platform, and tags from whoever has access to AWS.
 */
export function readable<T>(answer: T): T {
  return mapped(answer) as T
}

function mapped(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value)
  if (Array.isArray(value)) return value.map(mapped)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, severalLines.has(name) ? part : mapped(part)]),
  )
}

/** Shows text to people, whatever is in it. JSON for programs does not go this way. */
export function show(text: string, out: NodeJS.WriteStream = process.stdout): void {
  out.write(lines(text))
}

/** Columns of the terminal; what goes into a file or another program is never cut. */
export const terminalWidth = (out: NodeJS.WriteStream = process.stdout) =>
  out.columns || Number.POSITIVE_INFINITY

export const widthOf = (text: string) => characters(text).length

/** The text if it fits, or else its beginning and an ellipsis. */
export function fitted(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${startOf(text, width - 1)}…`
}
