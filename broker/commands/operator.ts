/** `npm run operator -- <command> …`: looks at instances and takes care of them, through the running broker. */
import { parseArgs } from 'node:util'
import { askBroker, BrokerRefusal, eventsOf } from '../../stacks/broker-client.ts'
import type { Command } from './command.ts'
import { commands } from './instance-commands.ts'

const usage = `npm run operator -- <command> [--json]

${Object.values(commands)
  .map(({ usage: line, help }) => `  ${line}\n      ${help}`)
  .join('\n')}

An instance is a guid or a name.
`

try {
  await main()
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  const known = error instanceof BrokerRefusal || code === undefined
  process.stderr.write(known ? `${message}\n` : `${message}\n\n${usage}`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const [name = '', ...rest] = process.argv.slice(2)
  const command: Command | undefined = commands[name]
  if (!command) {
    process.stdout.write(usage)
    process.exitCode = name === '' || name === '--help' ? 0 : 1
    return
  }
  const { values, positionals } = parseArgs({
    args: rest,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      ...Object.fromEntries(command.options.map((option) => [option, { type: 'string' as const }])),
      ...Object.fromEntries((command.flags ?? []).map((flag) => [flag, { type: 'boolean' as const }])),
    },
  })
  const { json, ...options } = values as { json: boolean } & Record<string, string>
  const missing = command.required?.filter((option) => !options[option]) ?? []
  if (positionals.length !== command.words || missing.length > 0) {
    throw new BrokerRefusal(`Give it as: ${command.usage}`)
  }
  const response = await askBroker(...command.request(positionals, options))
  const answer = command.progress ? await lastEvent(response, command.progress) : await response.json()
  process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : command.print(answer))
}

async function lastEvent(response: Response, progress: NonNullable<Command['progress']>) {
  for await (const event of eventsOf<{ type: string; message?: string }>(response)) {
    if (event.type === 'failed') throw new BrokerRefusal(`It was interrupted: ${event.message}`)
    const { type, ...answer } = event
    if (type === 'ended') return answer
    process.stderr.write(progress(event))
  }
  throw new BrokerRefusal('It was interrupted: the broker has stopped.')
}
