/**
 * `npm run drift -- [<instance>…] [--json]` has the running broker check instances for drift, all by default.
 * `npm run drift -- --reconcile <instance>` has it bring one back to what it should be.
 *
 * Exit codes: 0 nothing differs, 2 something does, 1 errors.
 */
import { parseArgs } from 'node:util'
import { askBroker, BrokerRefusal, eventsOf } from '../../stacks/broker-client.ts'
import { type Checked, type Ended, type Skipped, type SweepLine, sentence } from '../drift/report.ts'
import { Progress, summary, tableOf } from './sweep-printing.ts'

const usage = `npm run drift -- [<instance>…] [--json]
npm run drift -- --reconcile <instance> [--json]

An instance is a guid or a name. Exit codes: 0 nothing differs, 2 something does, 1 errors.
`

/** What `--json` prints at the end. */
interface Report extends Omit<Ended, 'type' | 'checked' | 'skipped'> {
  instances: Checked[]
  skipped: Skipped[]
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      reconcile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  return values.reconcile === undefined
    ? sweep(positionals, values.json)
    : reconcile(values.reconcile, values.json)
}

async function sweep(instances: string[], json: boolean): Promise<number> {
  const progress = new Progress(json ? process.stderr : process.stdout)
  const checked: Checked[] = []
  const skipped: Skipped[] = []
  for await (const event of events(instances)) {
    progress.tell(event)
    if (event.type === 'checked') checked.push(event)
    if (event.type === 'skipped') skipped.push(event)
    if (event.type === 'failed') throw new BrokerRefusal(`The sweep was interrupted: ${event.message}`)
    if (event.type !== 'ended') continue
    const { type: _type, checked: _checked, skipped: _skipped, ...rest } = event
    const report: Report = { ...rest, instances: checked, skipped }
    process.stdout.write(
      json
        ? `${JSON.stringify(report, null, 2)}\n`
        : `${tableOf(checked)}${summary(event, checked, skipped)}`,
    )
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
  const { check, operation } = answer
  process.stdout.write(
    operation === null
      ? `${check.name ?? instance} is as it should be. Nothing was done.\n`
      : `${check.findings.map(sentence).join('\n')}\n\nAn update is queued: ${operation}\nSee npm run operator -- operations ${instance}\n`,
  )
  if (check.state === 'missing') {
    process.stdout.write(
      'The Redis is created anew: it is empty, and may have another address. Its apps have to be unbound, bound again and restaged.\n',
    )
  }
  return 0
}

function messageOf(error: unknown): string {
  if (error instanceof BrokerRefusal) return error.message
  if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) {
    return `${(error as Error).message}\n\n${usage}`
  }
  return `The sweep was interrupted: ${(error as Error).message}`
}
