import { Option } from '@commander-js/extra-typings'
import { driftStates } from '../drift/finding.ts'
import { operationStates, operationTypes } from '../model/operation.ts'
import { type Instance, operatorClient } from './client/client.ts'
import { allInstances } from './client/instances.ts'
import { command } from './command.ts'
import { tell } from './terminal/answer.ts'
import { nextPage } from './terminal/next-page.ts'
import { isTable, table } from './terminal/table.ts'

export const list = () =>
  command('list', 'All instances, or those that fit. The oldest come first, and 100 at a time.')
    .option('--name <name>', 'Those of this name.')
    .option('--space <space>', 'Those in a space: its guid or its name.')
    .option('--organization <organization>', 'Those in an organization: its guid or its name.')
    .option('--plan <plan>', 'Those of a plan, by its name.')
    .addOption(
      new Option('--drift <state>', 'As the last drift check has found them.').choices([
        ...driftStates,
        'unchecked',
      ] as const),
    )
    .addOption(
      new Option('--operation <word>', 'By the type or the state of their last operation.').choices([
        ...operationTypes,
        ...operationStates,
      ] as const),
    )
    .addOption(
      new Option(
        '--upgrade <word>',
        'Whether this version of the broker has another stack for them.',
      ).choices(['available', 'none'] as const),
    )
    .option('--limit <number>', 'How many at most, up to 1000.')
    .option('--after <guid>', 'What comes after this one.')
    .option('--all', 'All of them, however many.')
    .action(async ({ json, all, ...query }, self) => {
      const client = operatorClient()
      if (all) {
        const instances = await allInstances(client, query)
        return tell({ instances, next: null, total: instances.length }, { json }, instancesTable)
      }
      tell(await (await client.instances.$get({ query })).json(), { json }, (page) => {
        const more = page.next
          ? `\n${page.total} instances fit, and --all shows all of them. More: ${nextPage(self, page.next)}\n`
          : ''
        return `${instancesTable(page)}${more}`
      })
    })

function instancesTable({ instances }: { instances: Instance[] }): string {
  if (instances.length === 0) return 'There are none.\n'
  const rows = instances.map((one) => [
    one.instance,
    one.name ?? '',
    one.organization ?? one.organizationGuid,
    one.space ?? one.spaceGuid,
    one.plan,
    one.engineVersion,
    `${one.operation.type} ${one.operation.state}`,
    one.driftState,
  ])
  if (isTable(headings, rows)) return table(headings, rows)
  // What names an instance to people, and how it is. How a guid begins is as good as the whole.
  const short = (row: string[]) =>
    [0, 1, 4, 6, 7].map((column) => row[column]?.slice(0, column === 0 ? 8 : undefined) ?? '')
  return isTable(short(headings), rows.map(short))
    ? table(short(headings), rows.map(short))
    : table(headings, rows)
}

const headings = ['INSTANCE', 'NAME', 'ORGANIZATION', 'SPACE', 'PLAN', 'VERSION', 'LAST OPERATION', 'DRIFT']
