/**
 * `npm run orphans [-- --json]` has the running broker compare AWS with its records, and deletes nothing.
 * `npm run orphans -- --delete <group> …` deletes the groups that are named, if no instance has them.
 *
 * Exit codes: 0 none found, or all that were named are being deleted; 2 some were found; 1 errors.
 */

import type { DeletionsAnswer, Orphan, OrphansAnswer } from '../orphans/orphan.ts'
import { askBroker } from './broker-client.ts'
import { table } from './table.ts'
import { readable, show } from './terminal.ts'
import { parsedArguments } from './words.ts'

const advice = {
  unknown: 'no instance has it',
  missing: 'it is gone from AWS',
}

const deletion = 'npm run orphans -- --delete <group> … deletes groups that no instance has, with their data.'

const usage = `npm run orphans [-- --json] lists what AWS and the broker's records disagree about.
${deletion}

Exit codes: 0 none found, or all that were named are being deleted; 2 some were found; 1 errors.
`

try {
  process.exitCode = await main()
} catch (error) {
  show(`${(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const { values, positionals: groups } = parsedArguments(
    args,
    {
      delete: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    usage,
  )
  if (values.help || args[0] === 'help') {
    show(usage)
    return 0
  }
  const print = <T>(answer: T, text: (answer: T) => string) =>
    values.json ? process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`) : show(text(readable(answer)))
  if (!values.delete) {
    if (groups.length > 0) throw new Error(`Groups are named only to delete them.\n${deletion}`)
    const answer = (await (await askBroker('/orphans')).json()) as OrphansAnswer
    print(answer, list)
    return answer.orphans.length > 0 ? 2 : 0
  }
  if (groups.length === 0) {
    throw new Error(`Name the groups to delete, out of what npm run orphans lists.\n${deletion}`)
  }
  const query = new URLSearchParams(groups.map((group) => ['group', group] as [string, string]))
  const response = await askBroker(`/orphans?${query}`, { method: 'DELETE' })
  const answer = (await response.json()) as DeletionsAnswer
  print(answer, outcomes)
  return answer.deletions.some(({ refusal }) => refusal !== null) ? 1 : 0
}

function list({ orphans }: OrphansAnswer): string {
  if (orphans.length === 0) return 'No orphans: AWS and the records agree.\n'
  const rows = orphans.map(({ kind, group, instance, name, status }) => [
    group,
    instance,
    name ?? '',
    status ?? '',
    advice[kind],
  ])
  return `${table(['REPLICATION GROUP', 'INSTANCE', 'NAME', 'STATUS', 'FOUND'], rows)}${next(orphans)}`
}

function next(orphans: Orphan[]): string {
  const lines: string[] = []
  if (orphans.some(({ kind }) => kind === 'unknown')) lines.push(deletion)
  if (orphans.some(({ kind }) => kind === 'missing')) {
    lines.push(
      'npm run drift -- --reconcile <instance> creates a missing one anew, empty; cf delete-service forgets it.',
    )
  }
  return lines.map((line) => `\n${line}\n`).join('')
}

function outcomes({ deletions }: DeletionsAnswer): string {
  return deletions
    .map(
      ({ group, refusal }) => `${group}: ${refusal === null ? 'being deleted' : `not deleted: ${refusal}`}\n`,
    )
    .join('')
}
