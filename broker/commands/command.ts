import type { askBroker } from './broker-client.ts'

/** An answer of the broker as a command gets it: times are text in JSON. */
export type Received<T> = T extends Date
  ? string
  : T extends object
    ? { [Key in keyof T]: Received<T[Key]> }
    : T

/** One of `npm run operator`. */
export interface Command {
  usage: string
  help: string
  /** How many words it takes. */
  words: number
  options: string[]
  /** Those of the options that it needs. */
  required?: string[]
  /** Options without a value. */
  flags?: string[]
  request(words: string[], options: Record<string, string>): Parameters<typeof askBroker>
  /**
   * For an answer that comes as events, a line of JSON each. The last one is the answer, unless it is of type
   * `failed`. @returns what to tell of one before it
   */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the broker's own making
  progress?(event: any): string
  /**
   * Left out where the answer is JSON to people too.
   * @param answer the broker's, as `--json` shows it, but safe to show
   */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the broker's own making
  print?(answer: any): string
}

/** The path of one instance. */
export const at = (instance = '', verb = '') => `/instances/${encodeURIComponent(instance)}${verb}`

/** A command that does something to one instance. */
export function action(verb: string, help: string, print: NonNullable<Command['print']>): Command {
  return {
    usage: `${verb} <instance>`,
    help,
    words: 1,
    options: [],
    request: ([instance]) => [at(instance, `/${verb}`), { method: 'POST' }],
    print,
  }
}
