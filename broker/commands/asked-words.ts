import type { CommandUnknownOpts } from '@commander-js/extra-typings'

/**
 * The words of a command line as commander is to get them. Of a word that it does not know it says nothing where help
 * is asked for, and gives the help of what stands before: without `--help` it refuses the word, with what was meant.
 */
export function askedWords(root: CommandUnknownOpts, given: string[]): string[] {
  const words = given[0] === 'help' && given.length > 1 ? [...given.slice(1), '--help'] : given
  if (!['--help', '-h'].includes(words.at(-1) ?? '')) return words
  const rest = words.slice(0, -1)
  let command = root
  for (const word of rest) {
    if (command.commands.length === 0 || word.startsWith('-') || word === 'help') return words
    const inner = command.commands.find((one) => one.name() === word)
    if (!inner) return rest
    command = inner
  }
  return words
}
