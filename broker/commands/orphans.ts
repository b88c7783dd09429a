import type { InferResponseType } from 'hono/client'
import { type Client, operatorClient } from './client/client.ts'
import { command, note, programName, yesOption } from './command.ts'
import { tell } from './terminal/answer.ts'
import { confirm } from './terminal/confirm.ts'
import { table } from './terminal/table.ts'

const advice = {
  unknown: 'no instance has it',
  missing: 'it is gone from AWS',
}

const deletion = `npx ${programName} orphans --delete <group> … deletes groups that no instance has, with their data.`

export const orphans = () =>
  command(
    'orphans',
    'What AWS and the records of the broker disagree about. Nothing is deleted but what is named.',
  )
    .option(
      '--delete <groups...>',
      'Delete these replication groups with their data, if no instance has them.',
    )
    .option(...yesOption)
    .addHelpText(
      'after',
      note(
        'It ends with 0 when there are none, or when all that were named are being deleted; with 2 when some were found; with 1 on errors.',
      ),
    )
    .action(async ({ json, delete: groups, yes }) => {
      const client = operatorClient()
      if (groups === undefined) {
        const answer = await (await client.orphans.$get()).json()
        tell(answer, { json }, list)
        if (answer.orphans.length > 0) process.exitCode = 2
        return
      }
      if (!yes) await ask(client, groups)
      const answer = await (await client.orphans.$delete({ query: { group: groups } })).json()
      tell(answer, { json }, outcomes)
      if (answer.deletions.some(({ refusal }) => refusal !== null)) process.exitCode = 1
    })

/** Only of groups that would be deleted it can be meant. @throws Error when one would not, or it is not meant */
async function ask(client: Client, groups: string[]): Promise<void> {
  const { deletions } = await (await client.orphans.deletions.$get({ query: { group: groups } })).json()
  const refused = deletions.filter(({ refusal }) => refusal !== null)
  if (refused.length > 0) {
    const reasons = refused.map(({ group, refusal }) => `${group} can't be deleted: ${refusal}\n`)
    throw new Error(`${reasons.join('')}Nothing was done.`)
  }
  await confirm(`${groups.join(', ')} would be deleted with all data.`, {})
}

type Found = InferResponseType<Client['orphans']['$get']>

function list({ orphans: found }: Found): string {
  if (found.length === 0) return 'No orphans: AWS and the records agree.\n'
  const rows = found.map(({ kind, group, instance, name, status }) => [
    group,
    instance,
    name ?? '',
    status ?? '',
    advice[kind],
  ])
  return `${table(['REPLICATION GROUP', 'INSTANCE', 'NAME', 'STATUS', 'FOUND'], rows)}${next(found)}`
}

function next(found: Found['orphans']): string {
  const lines: string[] = []
  if (found.some(({ kind }) => kind === 'unknown')) lines.push(deletion)
  if (found.some(({ kind }) => kind === 'missing')) {
    lines.push(
      `npx ${programName} reconcile <instance> creates a missing one anew, empty; cf delete-service forgets it.`,
    )
  }
  return lines.map((line) => `\n${line}\n`).join('')
}

function outcomes({ deletions }: InferResponseType<Client['orphans']['$delete']>): string {
  return deletions
    .map(
      ({ group, refusal }) => `${group}: ${refusal === null ? 'being deleted' : `not deleted: ${refusal}`}\n`,
    )
    .join('')
}
