/**
 * `npm run orphans [-- --delete] [--json]` has the running broker compare AWS with its records. With
 * `--delete` the replication groups that no instance has are deleted; without it nothing is.
 *
 * Exit codes: 0 none, 2 some were found, 1 errors.
 */
import { parseArgs } from 'node:util'
import { askBroker } from '../../stacks/broker-client.ts'
import { table } from '../operator/table.ts'
import type { DeletionsAnswer, Orphan } from './orphan.ts'

const advice = {
  unknown: 'no instance has it',
  missing: 'it is gone from AWS',
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { delete: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  })
  const response = await askBroker('/orphans', { method: values.delete ? 'DELETE' : 'GET' })
  const answer = (await response.json()) as Partial<DeletionsAnswer> & Pick<DeletionsAnswer, 'orphans'>
  process.stdout.write(values.json ? `${JSON.stringify(answer, null, 2)}\n` : text(answer))
  if (answer.deletions?.some(({ refusal }) => refusal !== null)) return 1
  return answer.orphans.length > 0 ? 2 : 0
}

function text({ orphans, deletions }: Partial<DeletionsAnswer> & Pick<DeletionsAnswer, 'orphans'>): string {
  if (orphans.length === 0) return 'No orphans: AWS and the records agree.\n'
  const rows = orphans.map((orphan) => [
    orphan.group,
    orphan.instance,
    orphan.name ?? '',
    orphan.status ?? '',
    found(orphan, deletions),
  ])
  return `${table(['REPLICATION GROUP', 'INSTANCE', 'NAME', 'STATUS', 'FOUND'], rows)}${next(orphans, deletions)}`
}

function found(orphan: Orphan, deletions: DeletionsAnswer['deletions'] = []): string {
  const deletion = deletions.find(({ group }) => group === orphan.group)
  if (!deletion || orphan.kind === 'missing') return advice[orphan.kind]
  return deletion.refusal === null ? 'being deleted' : `not deleted: ${deletion.refusal}`
}

function next(orphans: Orphan[], deletions: DeletionsAnswer['deletions'] | undefined): string {
  const lines: string[] = []
  if (!deletions && orphans.some(({ kind }) => kind === 'unknown')) {
    lines.push('npm run orphans -- --delete deletes what no instance has, with its data.')
  }
  if (orphans.some(({ kind }) => kind === 'missing')) {
    lines.push(
      'npm run drift -- --reconcile <instance> creates a missing one anew, empty; cf delete-service forgets it.',
    )
  }
  return lines.map((line) => `\n${line}\n`).join('')
}
