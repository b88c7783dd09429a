import { bare, helpCommand } from '../command.ts'
import { abandon } from './abandon.ts'
import { compare } from './compare.ts'
import { forget } from './forget.ts'
import { move } from './move.ts'
import { print } from './print.ts'
import { restore } from './restore.ts'
import { versions } from './versions.ts'
import { where } from './where.ts'

/** The commands about states: their versions through the running broker, their place without one. */
export function states() {
  const group = bare('states', 'The versions of states, and where states live.')
  group.commandsGroup('Of one instance, through the running broker:')
  for (const make of [versions, compare, restore, print]) group.addCommand(make())
  group.commandsGroup('Of all, while no broker runs:')
  for (const make of [where, move, abandon, forget]) group.addCommand(make())
  return group.addHelpCommand(helpCommand('Of all, while no broker runs:'))
}
