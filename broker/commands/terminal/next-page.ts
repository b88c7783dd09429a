import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { shellWord } from '../../text/shell-word.ts'

/**
 * The command line of the next page: what was given, with all of its options, so that it goes on with the same list.
 * @param after what the next page comes after
 */
export function nextPage(command: CommandUnknownOpts, after: string): string {
  const path: string[] = []
  for (let one: CommandUnknownOpts | null = command; one; one = one.parent) path.unshift(one.name())
  const options = command.options.flatMap((option) => {
    const name = option.attributeName()
    if (name === 'after' || command.getOptionValueSource(name) !== 'cli') return []
    const value: unknown = command.getOptionValue(name)
    return [option.long ?? '', ...(value === true ? [] : [String(value)])]
  })
  return ['npx', ...path, ...command.args, ...options, '--after', after].map(shellWord).join(' ')
}
