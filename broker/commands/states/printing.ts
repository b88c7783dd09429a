import { Option } from '@commander-js/extra-typings'
import { stateKinds } from '../../model/state-kind.ts'
import type { StacksFound } from '../../operations/own-stacks.ts'
import { note } from '../command.ts'
import { oneLine, show } from '../terminal/terminal.ts'

/** A line at once: a move may take long. */
export const print = (line: string) => show(`${oneLine(line)}\n`)

export const printOthers = ({ others }: StacksFound) => {
  for (const stack of others) print(`${stack}  left alone: not of this broker`)
}

/** Said in the help of all commands that open the database themselves. */
export const ownSettings = note(
  'It takes the settings of the broker, and those of both sides of a move. Stop all brokers before. States of others in the same place are left alone.',
)

export const kindOption = <const Flags extends string>(flags: Flags, description: string) =>
  new Option(flags, description).choices(stateKinds).makeOptionMandatory()
