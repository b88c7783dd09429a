import type { Comparison } from '../../state-backend/index.ts'
import type { ReencryptEvent, RestoreAnswer, VersionsAnswer } from '../operator/states.ts'
import type { Command, Received } from './command.ts'
import { table } from './table.ts'

const at = (instance = '', place: string) => `/states/${encodeURIComponent(instance)}/${place}`

/** The versions of states, for `npm run operator`. */
export const stateCommands: Record<string, Command> = {
  versions: {
    usage: 'versions <instance>',
    help: 'The versions of its state that are kept, newest first.',
    words: 1,
    options: [],
    request: ([instance]) => [at(instance, 'versions')],
    print: ({ versions }: Received<VersionsAnswer>) =>
      table(
        ['VERSION', 'SERIAL', 'WRITTEN', 'BYTES', 'WRITER'],
        versions.map(({ version, serial, createdAt, size, writer }) =>
          [version, serial, createdAt, size, writer].map(String),
        ),
      ),
  },

  state: {
    usage: 'state <instance> <version>',
    help: 'The whole state of a version. It holds the password: mind where it goes.',
    words: 2,
    options: [],
    request: ([instance, version]) => [at(instance, `versions/${version}`)],
  },

  compare: {
    usage: 'compare <instance> <version> <version>',
    help: 'What changed from one version of its state to another, without secrets.',
    words: 3,
    options: [],
    request: ([instance, before, after]) => [at(instance, `compare/${before}/${after}`)],
    print: ({ resources, outputs }: Comparison) => {
      const lines = [
        ...resources.map(
          ({ address, change, attributes }) => `${address} ${change}: ${attributes.join(', ')}`,
        ),
        ...outputs.map(({ name, change, sensitive, before, after }) =>
          sensitive
            ? `output ${name} ${change} (secret)`
            : `output ${name} ${change}: was ${JSON.stringify(before ?? null)}, is ${JSON.stringify(after ?? null)}`,
        ),
      ]
      return lines.length > 0 ? `${lines.join('\n')}\n` : 'Nothing changed.\n'
    },
  },

  restore: {
    usage: 'restore <instance> <version>',
    help: 'Makes an old version of its state current again, as a new one. AWS is not touched.',
    words: 2,
    options: [],
    request: ([instance, version]) => [at(instance, `restore/${version}`), { method: 'POST' }],
    print: ({ restored }: Received<RestoreAnswer>) =>
      `It is version ${restored.version} now, with serial ${restored.serial}. Check it for drift.\n`,
  },

  reencrypt: {
    usage: 'reencrypt',
    help: 'Encrypts all states and stored credentials with the first key of STATE_KEYS.',
    words: 0,
    options: [],
    request: () => ['/states/reencrypt', { method: 'POST' }],
    progress: ({ done, total }: Extract<ReencryptEvent, { type: 'progress' }>) =>
      `Versions of states: ${done} of ${total}\n`,
    print: ({ states, outputs }: Extract<ReencryptEvent, { type: 'ended' }>) =>
      `Encrypted anew: versions of states ${states}, credentials of instances ${outputs}.\n`,
  },
}
