/**
 * `npm run drift -- [<instance>…] [--json]` has the running broker check instances for drift, all by default.
 * `npm run drift -- --reconcile <instance>` has it bring one back to what it should be.
 *
 * Exit codes: 0 nothing differs, 2 something does, 1 errors, or nothing could be checked.
 */

import { type Checked, type Ended, type Skipped, type SweepLine, sentence } from '../drift/report.ts'
import { askBroker, BrokerRefusal, eventsOf } from './broker-client.ts'
import { Progress, summary, tableOf } from './sweep-printing.ts'
import { readable, show } from './terminal.ts'
import { parsedArguments } from './words.ts'

const usage = `npm run drift -- [<instance>…] [--json]
npm run drift -- --reconcile <instance> [--json]

An instance is a guid or a name. Exit codes: 0 nothing differs, 2 something does, 1 errors, or nothing could be checked.
`

/** What `--json` prints at the end. */
interface Report extends Omit<Ended, 'type' | 'checked' | 'skipped'> {
  instances: Checked[]
  skipped: Skipped[]
}

try {
  process.exitCode = await main()
} catch (error) {
  show(`${messageOf(error)}\n`, process.stderr)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { values, positionals } = parsed(process.argv.slice(2))
  if (values.help) {
    show(usage)
    return 0
  }
  if (values.reconcile === undefined) return sweep(positionals, values.json)
  if (positionals.length > 0) {
    throw new BrokerRefusal(
      `Reconcile one instance at a time: ${[values.reconcile, ...positionals].join(', ')} are several. Nothing was done.`,
    )
  }
  return reconcile(values.reconcile, values.json)
}

function parsed(args: string[]) {
  try {
    return parsedArguments(
      args,
      {
        json: { type: 'boolean', default: false },
        reconcile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      usage,
    )
  } catch (error) {
    throw new BrokerRefusal((error as Error).message)
  }
}

async function sweep(instances: string[], json: boolean): Promise<number> {
  const progress = new Progress(json ? process.stderr : process.stdout)
  const checked: Checked[] = []
  const skipped: Skipped[] = []
  for await (const event of events(instances)) {
    progress.tell(readable(event))
    if (event.type === 'checked') checked.push(event)
    if (event.type === 'skipped') skipped.push(event)
    if (event.type === 'failed') throw new BrokerRefusal(`The sweep was interrupted: ${event.message}`)
    if (event.type !== 'ended') continue
    const { type: _type, checked: _checked, skipped: _skipped, ...rest } = event
    const report: Report = { ...rest, instances: checked, skipped }
    if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    else show(`${tableOf(readable(checked))}${summary(event, checked, skipped)}`)
    return event.exitCode
  }
  throw new BrokerRefusal('The sweep was interrupted: the broker has stopped.')
}

async function* events(instances: string[]): AsyncGenerator<SweepLine> {
  const response = await askBroker('/drift', { method: 'POST', body: { instances } })
  yield* eventsOf<SweepLine>(response)
}

async function reconcile(instance: string, json: boolean): Promise<number> {
  const path = `/drift/reconcile/${encodeURIComponent(instance)}`
  const response = await askBroker(path, { method: 'POST' })
  const answer = (await response.json()) as { check: Checked; operation: string | null }
  if (json) {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
    return 0
  }
  const { check, operation } = readable(answer)
  show(
    operation === null
      ? `${check.name ?? instance} is as it should be. Nothing was done.\n`
      : `${check.findings.map(sentence).join('\n')}\n\nAn update is queued: ${operation}\nSee npm run operator -- operations ${instance}\n`,
  )
  if (check.state === 'missing') {
    show(
      'The Redis is created anew: it is empty, and may have another address. Its apps have to be unbound, bound again and restaged.\n',
    )
  }
  return 0
}

function messageOf(error: unknown): string {
  if (error instanceof BrokerRefusal) return error.message
  return `The sweep was interrupted: ${(error as Error).message}`
}
