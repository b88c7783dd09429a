/** `npm run operator -- <command> …`: looks at instances and takes care of them, through the running broker. */
import { askBroker, BrokerRefusal, eventsOf } from './broker-client.ts'
import type { Command } from './command.ts'
import { commands } from './instance-commands.ts'
import { readable, show } from './terminal.ts'
import { asksForHelp, parsedArguments, unknownCommand } from './words.ts'

const usage = `npm run operator -- <command> [--json]

${Object.values(commands).map(usageOf).join('\n')}

An instance is a guid or a name.
`

try {
  await main()
} catch (error) {
  show(`${(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2)
  if (name === undefined || asksForHelp(name)) {
    const [of] = rest
    show(of === undefined ? usage : `${usageOf(commandOf(of))}\n`)
    return
  }
  const command = commandOf(name)
  if (rest.includes('--help')) {
    show(`${usageOf(command)}\n`)
    return
  }
  const { json, words, options } = given(command, rest)
  const response = await askBroker(...command.request(words, options))
  const answer = command.progress ? await lastEvent(response, command.progress) : await response.json()
  if (json || !command.print) process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  else show(command.print(readable(answer)))
}

function commandOf(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  return command ?? unknownCommand('npm run operator', name, Object.keys(commands))
}

/** @throws BrokerRefusal with how the command is given, when these are not its words and options */
function given(command: Command, args: string[]) {
  const options = {
    json: { type: 'boolean' as const, default: false },
    ...Object.fromEntries(command.options.map((option) => [option, { type: 'string' as const }])),
    ...Object.fromEntries((command.flags ?? []).map((flag) => [flag, { type: 'boolean' as const }])),
  }
  const { values, positionals: words } = parsedArguments(args, options, `Give it as: ${command.usage}`)
  const { json, ...others } = values as { json: boolean } & Record<string, string>
  const missing = command.required?.filter((option) => !others[option]) ?? []
  if (words.length !== command.words || missing.length > 0) {
    throw new BrokerRefusal(`Give it as: ${command.usage}`)
  }
  return { json, words, options: others }
}

function usageOf({ usage: line, help }: Command): string {
  return `  ${line}\n      ${help}`
}

async function lastEvent(response: Response, progress: NonNullable<Command['progress']>) {
  for await (const event of eventsOf<{ type: string; message?: string }>(response)) {
    if (event.type === 'failed') throw new BrokerRefusal(`It was interrupted: ${event.message}`)
    const { type, ...answer } = event
    if (type === 'ended') return answer
    show(progress(event), process.stderr)
  }
  throw new BrokerRefusal('It was interrupted: the broker has stopped.')
}
