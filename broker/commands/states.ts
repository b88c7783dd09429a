/**
 * `npm run states -- <command>`: where the states of all instances live. With the broker's own settings, while
 * no broker runs.
 */
import * as v from 'valibot'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import { openDataDirectory } from '../data-directory/data-directory.ts'
import { openDatabase } from '../database/database.ts'
import { createLog } from '../logging/log.ts'
import { type StateKind, stateKinds } from '../model/state-kind.ts'
import { startedOperation } from '../operations/last-operation.ts'
import { findStacks, type StacksFound } from '../operations/own-stacks.ts'
import { readSettings } from '../settings/read.ts'
import { unknownSettings } from '../settings/unknown.ts'
import { openBackend, openKeyRing } from '../states/backend.ts'
import { StateHome } from '../states/home.ts'
import { moveState } from '../states/move.ts'
import { openStates } from '../states/open.ts'
import type { States } from '../states/states.ts'
import { oneLine, show } from './terminal.ts'
import { asksForHelp, parsedArguments, unknownCommand } from './words.ts'

const usage = `npm run states -- <command>

  where
      Where the states of this broker live, and how many there are.
  move --to http|s3|pg
      Copies the states of this broker there and checks each of them. From then on they live there.
  abandon
      Ends a move that was interrupted: the states stay where they were.
  forget --in http|s3|pg
      Removes the copies that a move left behind.

It takes the broker's settings, and those of both sides of a move. Stop all brokers before.
States of others in the same place are left alone.
`

interface Tools {
  home: StateHome
  states(kind: StateKind): States
  stacks(states: States): Promise<StacksFound>
}

const print = (line: string) => show(`${oneLine(line)}\n`)

const printOthers = ({ others }: StacksFound) => {
  for (const stack of others) print(`${stack}  left alone: not of this broker`)
}

const commands: Record<string, (tools: Tools, kind: StateKind | undefined) => Promise<void>> = {
  async where({ home, states, stacks }) {
    const { kind, movingTo } = await home.current()
    const { own } = await stacks(states(kind))
    print(`The states live in ${kind}: ${own.length} of them.`)
    if (movingTo) print(`A move to ${movingTo} was interrupted. Run it once more, or abandon it.`)
  },

  async move({ home, states, stacks }, kind) {
    const to = states(required(kind, '--to'))
    // Wrong settings of the other side are found before anything has begun.
    await to.stacks()
    const from = states(await home.beginMove(to.kind, startedOperation))
    const found = await stacks(from)
    for (const stack of found.own) {
      const { serial, lineage, written } = await moveState(from, to, stack)
      print(`${stack}  serial ${serial}, lineage ${lineage}  ${written ? 'moved' : 'was there already'}`)
    }
    printOthers(found)
    await home.endMove(to.kind)
    print(`The states live in ${to.kind} now: ${found.own.length} of them.`)
    print(`Start the broker with STATE_BACKEND=${to.kind}.`)
    print(`The copies in ${from.kind} stay until: npm run states -- forget --in ${from.kind}`)
  },

  async abandon({ home }) {
    const { kind } = await home.current()
    await home.endMove(kind)
    print(`The states live in ${kind}.`)
  },

  async forget({ home, states, stacks }, kind) {
    const old = required(kind, '--in')
    const current = await home.current()
    if (current.movingTo) throw new Error(`The states are on their way to ${current.movingTo}.`)
    if (current.kind === old) throw new Error(`The states live in ${old}.`)
    const found = await stacks(states(old))
    for (const stack of found.own) await states(old).remove(stack)
    printOthers(found)
    print(`Copies removed from ${old}: ${found.own.length}.`)
  },
}

/** Where to, or where from: a word for the one is not taken for the other. */
const optionOf: Record<string, 'to' | 'in' | undefined> = { move: 'to', forget: 'in' }

try {
  await main()
} catch (error) {
  show(`${causeOf(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values, positionals } = parsedArguments(
    process.argv.slice(2),
    { to: { type: 'string' }, in: { type: 'string' }, help: { type: 'boolean' } },
    usage,
  )
  const [name, ...rest] = positionals
  if (name === undefined || asksForHelp(name) || values.help) return show(usage)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) return unknownCommand('npm run states', name, Object.keys(commands))
  if (rest.length > 0) throw new Error(`${name} takes no ${rest.join(' ')}.\n\n${usage}`)
  const option = optionOf[name]
  for (const given of ['to', 'in'] as const) {
    if (given !== option && values[given] !== undefined)
      throw new Error(`${name} takes no --${given}.\n\n${usage}`)
  }
  const word = option && values[option]
  const kind =
    word === undefined
      ? undefined
      : v.parse(v.picklist(stateKinds, `${word} is none of ${stateKinds.join(', ')}.`), word)

  const settings = readSettings(process.env)
  for (const warning of unknownSettings(process.env)) show(`${warning}\n`, process.stderr)
  const log = createLog('silent')
  openDataDirectory(settings.DATA_DIR, log)
  const database = await openDatabase(settings.DATABASE_URL, settings.DATA_DIR, log)
  const opened = new Map<StateKind, States>()
  try {
    const backend = await openBackend(settings, {
      db: database.db,
      keyRing: await openKeyRing(settings),
      log,
    })
    const states = (kind: StateKind) => {
      const known = opened.get(kind) ?? openStates(kind, { settings, backend, httpUrl: '', log })
      opened.set(kind, known)
      return known
    }
    const home = new StateHome(database.db)
    await command({ home, states, stacks: (of) => findStacks(database.db, of) }, kind)
  } finally {
    for (const states of opened.values()) await states.close()
    await database.close()
  }
}

function required(kind: StateKind | undefined, option: string): StateKind {
  if (kind) return kind
  throw new Error(`Give ${option} ${stateKinds.join(', ')}.`)
}
