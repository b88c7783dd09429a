import { StateBackendError } from './errors.ts'
import type { StateBackend } from './state-backend.ts'

/** A command of operators, for what terraform can't do with states. It yields lines to print. */
interface Command {
  words: string[]
  help: string
  run(backend: StateBackend, words: string[], writer: string): AsyncGenerator<string>
}

const commands: Record<string, Command> = {
  stacks: {
    words: [],
    help: 'All stacks that have a state.',
    async *run(backend) {
      yield* await backend.stacks()
    },
  },
  versions: {
    words: ['stack'],
    help: 'The versions of its state that are kept, newest first, a line of JSON each.',
    async *run(backend, [stack = '']) {
      const versions = await backend.versions(stack)
      if (versions.length === 0) throw new StateBackendError('notFound', `There is no state of ${stack}.`)
      for (const version of versions) yield JSON.stringify(version)
    },
  },
  compare: {
    words: ['stack', 'version', 'version'],
    help: 'What changed from one version to another, without secrets, as JSON.',
    async *run(backend, [stack = '', before, after]) {
      yield JSON.stringify(await backend.compare(stack, Number(before), Number(after)), null, 2)
    },
  },
  restore: {
    words: ['stack', 'version'],
    help: 'Makes an old version current again, as a new one.',
    async *run(backend, [stack = '', old], writer) {
      const { version, serial } = await backend.restore(stack, Number(old), writer)
      yield `It is version ${version} now, with serial ${serial}.`
    },
  },
  reencrypt: {
    words: [],
    help: 'Encrypts all versions with the first key of the key ring.',
    async *run(backend) {
      yield `Versions encrypted anew: ${await backend.reencrypt()}.`
    },
  },
}

const lineOf = (name: string, { words }: Command) =>
  ['npm run state-backend --', name, ...words.map((word) => `<${word}>`)].join(' ')

export const usage = `npm run state-backend
    Serves states.
${Object.entries(commands)
  .map(([name, command]) => `${lineOf(name, command)}\n    ${command.help}`)
  .join('\n')}
`

/** Whether a word is the name of a command. */
export const isCommand = (name: string) => Object.hasOwn(commands, name)

/** @returns undefined when these are not the words of a command */
export function commandOf([name = '', ...words]: string[]) {
  const command = isCommand(name) ? commands[name] : undefined
  if (command?.words.length !== words.length) return undefined
  const fits = command.words.every(
    (word, index) => word !== 'version' || /^\d{1,9}$/.test(words[index] ?? ''),
  )
  return fits ? (backend: StateBackend, writer: string) => command.run(backend, words, writer) : undefined
}
