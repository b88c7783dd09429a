import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { nearest } from '../text/nearest.ts'

/** Whether the first word of a command line asks for its help. */
export const asksForHelp = (word: string) => ['help', '--help', '-h'].includes(word)

export function unknownCommand(program: string, word: string, known: string[]): never {
  const near = nearest(word, known)
  const hint = near ? `Did you mean ${near}?` : `Known are ${known.join(', ')}.`
  throw new Error(`There is no command ${word}. ${hint} ${program} -- --help tells what they do.`)
}

/** @throws Error that ends with `usage`, for an option that is not known or has no value */
export function parsedArguments<T extends ParseArgsOptionsConfig>(args: string[], options: T, usage: string) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    // Node goes on with how an argument can begin with a hyphen.
    const [what] = (error as Error).message.split(/\. To specify/)
    throw new Error(`${what}\n${usage}`)
  }
}
