/** The output of a program, fit to be kept. */
export interface Printed {
  text: string
  /** The state that terraform had printed because it could save it nowhere. Secret. */
  state?: string
}

/** Anything shorter is no secret, and would hide words that say something. */
const shortestSecret = 8

/** How a state begins, as Terraform writes it. */
const beginningOfState = /^\{\s*"version":\s*\d+,\s*"terraform_version":/

/**
 * Cuts secrets out of what cdktf or terraform has printed. Terraform hides what it knows to be sensitive, with one
 * exception: when it can save a state neither in the backend nor in a file, it prints it as it is. Providers and
 * AWS may quote what they were given.
 *
 * cdktf passes on what it reads piece by piece, in lines that begin with the stack's name or as many blanks. A
 * piece may end anywhere, so that a line break may stand in the middle of a word.
 *
 * @param stack letters, digits, dots, underscores and dashes
 */
export function withoutSecrets(printed: string, stack: string, secrets: string[]): Printed {
  const lineBreak = new RegExp(`[ \\t]*\\r?\\n(${escaped(stack)}(?= {2}))?[ \\t]*`, 'g')
  // As long as the original, so that a place in one is the same place in the other.
  const flat = printed.replace(lineBreak, (found) => '\0'.repeat(found.length))
  const state = findState(flat)
  const cuts: Cut[] = state ? [{ ...state, by: '(the state is not shown here)' }] : []
  for (const secret of secrets.filter(({ length }) => length >= shortestSecret)) {
    const inPieces = new RegExp([...secret].map(escaped).join('\0*'), 'g')
    for (const { index, 0: found } of flat.matchAll(inPieces)) {
      cuts.push({ start: index, end: index + found.length, by: '(sensitive)' })
    }
  }
  const body = state?.whole ? flat.slice(state.start, state.end).replaceAll('\0', '') : undefined
  return { text: cut(printed, cuts), ...(body ? { state: body } : {}) }
}

interface Span {
  start: number
  end: number
}

interface Cut extends Span {
  by: string
}

/** The place of a state in an output. `whole` is false when the output ends before the state does. */
function findState(flat: string): (Span & { whole: boolean }) | undefined {
  for (const { index } of flat.matchAll(/\{/g)) {
    const beginning = flat.slice(index, index + 1000).replaceAll('\0', '')
    if (!beginningOfState.test(beginning)) continue
    const end = endOfObject(flat, index)
    return { start: index, end: end ?? flat.length, whole: end !== undefined }
  }
  return undefined
}

/** @returns the place behind the brace that closes the one at `start` */
function endOfObject(flat: string, start: number): number | undefined {
  let depth = 0
  // A string without an end is the last there is: what stands in it closes nothing.
  const tokens = /"(?:[^"\\]|\\\0*(?:[^\0]|$))*(?:"|$)|[{}]/g
  tokens.lastIndex = start
  for (let token = tokens.exec(flat); token; token = tokens.exec(flat)) {
    if (token[0] === '{') depth++
    if (token[0] === '}' && --depth === 0) return tokens.lastIndex
  }
  return undefined
}

function cut(printed: string, cuts: Cut[]): string {
  let text = ''
  let at = 0
  // Of two that overlap the one that begins first may end first.
  for (const { start, end, by } of cuts.sort((a, b) => a.start - b.start)) {
    if (start >= at) text += printed.slice(at, start) + by
    at = Math.max(at, end)
  }
  return text + printed.slice(at)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
