import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { operatorClient } from './client/client.ts'
import { bare } from './command.ts'
import { oneLine } from './terminal/terminal.ts'

/** A person at a prompt waits for the names. */
const timeoutMs = 2000

/** Answers the scripts of `completion`: the words that may stand where the last word is. */
export const complete = (root: () => CommandUnknownOpts) =>
  bare('complete', 'What may stand where the last one of these words is.')
    .argument('[words...]')
    .option('--described', 'With what it is, after a colon.')
    .action(async (words, { described }) => {
      const last = words.at(-1) ?? ''
      const found = (await candidates(root(), words)).filter(({ word }) => word.startsWith(last))
      for (const { word, what } of found) {
        const line = described && what ? `${word.replaceAll(':', '\\:')}:${what}` : word
        process.stdout.write(`${oneLine(line)}\n`)
      }
    })

interface Candidate {
  word: string
  what: string
}

async function candidates(root: CommandUnknownOpts, words: string[]): Promise<Candidate[]> {
  let command = root
  let argumentsSeen = 0
  let before: string | undefined
  for (const word of words.slice(0, -1)) {
    const inner = command.commands.find((one) => one.name() === word)
    const isValue = before !== undefined && takesValue(command, before)
    if (inner) command = inner
    else if (!word.startsWith('-') && !isValue) argumentsSeen++
    before = word
  }
  const option = before === undefined ? undefined : optionOf(command, before)
  if (option?.required) return option.argChoices?.map((word) => ({ word, what: '' })) ?? []
  const inner = command.createHelp().visibleCommands(command)
  if (inner.length > 0)
    return inner.map((one) => ({ word: one.name(), what: one.summary() || one.description() }))
  if (words.at(-1)?.startsWith('-')) {
    const options = command.createHelp().visibleOptions(command)
    return options.map(({ long, short, description }) => ({ word: long ?? short ?? '', what: description }))
  }
  const argument = command.registeredArguments.at(argumentsSeen) ?? variadic(command)
  if (argument?.argChoices) return argument.argChoices.map((word) => ({ word, what: '' }))
  return ['instance', 'instances', 'words'].includes(argument?.name() ?? '') ? instances() : []
}

const variadic = (command: CommandUnknownOpts) =>
  command.registeredArguments.at(-1)?.variadic ? command.registeredArguments.at(-1) : undefined

const optionOf = (command: CommandUnknownOpts, word: string) =>
  command.options.find(({ long, short }) => word === long || word === short)

const takesValue = (command: CommandUnknownOpts, word: string) => optionOf(command, word)?.required ?? false

/**
 * A name or guid that every shell takes for one word, and for nothing to be done. bash puts what is found into the line as it
 * is, and names are chosen by the users of the platform: `$(…)` in one would be run.
 */
const isPlain = /^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u

/** Nothing when no broker answers: a prompt is no place for errors. */
async function instances(): Promise<Candidate[]> {
  try {
    const client = operatorClient(timeoutMs)
    const answer = await (await client.instances.$get({ query: { limit: '1000' } })).json()
    const names = answer.instances.flatMap(({ name, plan }) => (name ? [{ word: name, what: plan }] : []))
    const guids = answer.instances.map(({ instance, name }) => ({ word: instance, what: name ?? '' }))
    return [...names, ...guids].filter(({ word }) => isPlain.test(word))
  } catch {
    return []
  }
}
