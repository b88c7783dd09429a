import { difference } from '../drift/report.ts'
import type { ForgetAnswer } from '../operator/actions.ts'
import type { AdoptionAnswer } from '../operator/adoption.ts'
import { action, type Command } from './command.ts'

/** How groups become instances, and instances just groups again, for `npm run operator`. */
export const adoptionCommands: Record<string, Command> = {
  adopt: {
    usage:
      'adopt <group> --instance <guid> --plan … --engine-version … --organization <guid> --space <guid> ' +
      '[--name …] [--organization-name …] [--space-name …] [--dry-run]',
    help: 'Makes a replication group that exists an instance, with its data. A new password comes beside the one that it has.',
    words: 1,
    options: [
      'instance',
      'plan',
      'engine-version',
      'organization',
      'space',
      'name',
      'organization-name',
      'space-name',
    ],
    required: ['instance', 'plan', 'engine-version', 'organization', 'space'],
    flags: ['dry-run'],
    request([group], options) {
      const fields = Object.entries(options).map(([option, value]) => [camelCase(option), value])
      return ['/adoptions', { method: 'POST', body: { group, ...Object.fromEntries(fields) } }]
    },
    print: ({ changes, operation }: AdoptionAnswer) =>
      [
        ...changes.map(difference),
        'A new password comes beside the one that it has, if it has one.',
        '',
        operation
          ? `The adoption is queued: ${operation}\nOnce all clients have the new password: npm run operator -- retire <instance>`
          : 'This is what the adoption would change. Nothing was done.',
        '',
      ].join('\n'),
  },

  forget: action(
    'forget',
    'Drops the instance and its state. Its Redis stays on AWS as it is.',
    ({ operation, group }: ForgetAnswer) =>
      `It is queued: ${operation.id}\nThe replication group ${group} stays: adopt it again, or delete it with npm run orphans -- --delete ${group}.\n`,
  ),
}

function camelCase(option: string): string {
  return option.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase())
}
