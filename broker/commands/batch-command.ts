import { InvalidArgumentError } from '@commander-js/extra-typings'
import { isHalfDeletion } from '../model/operation.ts'
import { counted } from '../text/counted.ts'
import { type BatchOptions, inBatches, type Outcome } from './client/batch.ts'
import type { Client, Instance, Operation } from './client/client.ts'
import { command, note } from './command.ts'
import { tell } from './terminal/answer.ts'
import { confirm } from './terminal/confirm.ts'
import { table } from './terminal/table.ts'

/** A command that does something to many instances, some at a time. */
export const batchCommand = (name: string, summary: string) =>
  command(name, summary)
    .option('--at-once <number>', 'How many operations at a time.', atLeastOne, 2)
    .option('--max-failures <number>', 'After so many begin no more.', atLeastOne, 1)
    .option('--dry-run', 'Only list the instances.')
    .option('--yes', 'Do not ask whether it is meant.')
    .addHelpText(
      'after',
      note(
        'Run it again to go on after a failure or an interruption: what is done is left out. It ends with 1 when something has failed or was not begun.',
      ),
    )

interface Options extends BatchOptions {
  dryRun?: true | undefined
  yes?: true | undefined
}

/**
 * Leaves out what a deletion has left, which can only be deleted.
 * @param verb for the question, such as `upgraded`
 */
export async function runBatch(
  client: Client,
  fitting: Instance[],
  verb: string,
  begin: (instance: Instance) => Promise<Operation | null>,
  options: Options,
): Promise<void> {
  const instances = fitting.filter(({ operation }) => !isHalfDeletion(operation))
  if (options.dryRun || instances.length === 0) {
    return tell({ instances }, options, (answer) => `${listed(answer.instances)}Nothing was done.\n`)
  }
  const all = counted(instances.length, 'instance')
  await confirm(`${all} would be ${verb}, ${options.atOnce} at a time.`, options)
  const outcomes = await inBatches(client, instances, begin, options)
  tell({ outcomes }, options, (answer) => summary(answer.outcomes))
  if (outcomes.some(({ state }) => !['succeeded', 'unchanged'].includes(state))) process.exitCode = 1
}

function listed(instances: Instance[]): string {
  if (instances.length === 0) return 'No instance needs it. '
  const rows = instances.map((one) => [
    one.instance,
    one.name ?? '',
    one.plan,
    `${one.operation.type} ${one.operation.state}`,
    one.driftState,
  ])
  return `${table(['INSTANCE', 'NAME', 'PLAN', 'LAST OPERATION', 'DRIFT'], rows)}\n${counted(instances.length, 'instance')}. `
}

function summary(outcomes: Outcome[]): string {
  const counts = Object.entries(Object.groupBy(outcomes, ({ state }) => state))
  return `\n${counts.map(([state, of]) => `${of.length} ${state}`).join(', ')}\n`
}

function atLeastOne(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1 to 9999.')
  return Number(text)
}
