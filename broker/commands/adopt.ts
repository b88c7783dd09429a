import { difference } from '../drift/report.ts'
import { shellWord } from '../text/shell-word.ts'
import { operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { programName, queueing } from './command.ts'

export const adopt = () =>
  queueing(
    'adopt',
    'Makes a replication group that exists an instance. Its data stays, and a new password comes beside the one that it has.',
  )
    .argument('<group>', 'The id of the replication group.')
    .requiredOption('--instance <guid>', 'The guid that the platform knows the instance by.')
    .requiredOption('--plan <plan>', 'Its plan, by name or id.')
    .requiredOption('--engine-version <version>', 'Its Redis version, such as 6.2.')
    .requiredOption('--organization <guid>', 'The organization of the instance.')
    .requiredOption('--space <guid>', 'The space of the instance.')
    .option('--name <name>', 'What its users call it.')
    .option('--organization-name <name>', 'What the organization is called.')
    .option('--space-name <name>', 'What the space is called.')
    .option('--dry-run', 'Only tell what would change.')
    .action(async (group, { json, wait, follow, ...request }) => {
      const client = operatorClient()
      const response = await client.adoptions.$post({ json: { group, ...request } })
      await tellQueued(
        client,
        await response.json(),
        { json, wait, follow, called: 'adoption' },
        ({ changes, operation }) =>
          [
            ...changes.map(difference),
            'A new password comes beside the one that it has, if it has one.',
            '',
            operation
              ? `The adoption is queued: ${operation.id}\nOnce all clients have the new password: npx ${programName} retire ${shellWord(request.instance)}`
              : 'This is what the adoption would change. Nothing was done.',
            '',
          ].join('\n'),
      )
    })
