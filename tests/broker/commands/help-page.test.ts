import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { expect, test } from 'vitest'
import { program } from '../../../broker/commands/program.ts'

const page = fileURLToPath(new URL('../../../docs/operators-commands.md', import.meta.url))
const heading = '\n## All commands\n'

/** `vitest run -u` writes the page anew. */
test('the page of the commands has the help of each of them, as it is printed', async () => {
  const [byHand = ''] = readFileSync(page, 'utf8').split(heading)
  const sections = visible(program()).map(({ path, command }) => {
    return `\n### ${path}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`
  })
  await expect(`${byHand}${heading}${sections.join('')}`).toMatchFileSnapshot(page)
})

/** All commands that do something themselves, with the words that call them. */
function visible(command: CommandUnknownOpts, before = ''): { path: string; command: CommandUnknownOpts }[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((inner) => inner.name() !== 'help')
    .flatMap((inner) => {
      const path = `${before}${inner.name()}`
      return inner.commands.length > 0 ? visible(inner, `${path} `) : [{ path, command: inner }]
    })
}

function helpOf(command: CommandUnknownOpts): string {
  const parts: string[] = []
  command.configureOutput({ writeOut: (part) => parts.push(part), getOutHelpWidth: () => 80 })
  command.outputHelp()
  return parts.join('').trim()
}
