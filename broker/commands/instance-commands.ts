import { sentence } from '../drift/report.ts'
import type { Usage } from '../operator/usage.ts'
import { adoptionCommands } from './adoption-commands.ts'
import { action, at, type Command } from './command.ts'
import { stateCommands } from './state-commands.ts'
import { table } from './table.ts'

export const commands: Record<string, Command> = {
  list: {
    usage: 'list [--name …] [--space …] [--organization …] [--plan …] [--drift …] [--operation …]',
    help: 'All instances, or those that fit. A space and an organization go by guid or name.',
    words: 0,
    options: ['name', 'space', 'organization', 'plan', 'drift', 'operation'],
    request: (_words, options) => [`/instances?${new URLSearchParams(options)}`],
    print: ({ instances }) =>
      table(
        ['INSTANCE', 'NAME', 'ORGANIZATION', 'SPACE', 'PLAN', 'VERSION', 'LAST OPERATION', 'DRIFT'],
        instances.map((one: Row) => [
          one.instance,
          one.name ?? '',
          one.organization ?? one.organizationGuid,
          one.space ?? one.spaceGuid,
          one.plan,
          one.engineVersion,
          `${one.operation.type} ${one.operation.state}`,
          one.driftState,
        ]),
      ),
  },

  show: {
    usage: 'show <instance>',
    help: 'Its stack, state, lock, last operations and drift.',
    words: 1,
    options: [],
    request: ([instance]) => [at(instance)],
    print: (one) =>
      [
        `${one.name ?? ''} ${one.instance}`.trim(),
        `  plan          ${one.plan}, Redis ${one.engineVersion}`,
        ...(one.supportWarning ? [`                ${one.supportWarning}`] : []),
        `  space         ${one.organization ?? one.organizationGuid} / ${one.space ?? one.spaceGuid}`,
        `  group         ${one.stack.replicationGroupId}`,
        `  state         ${one.state ? stateLine(one.state) : 'none'}`,
        `  lock          ${one.lock ? `held by ${one.lock.holder} since ${one.lock.info.Created}` : 'free'}`,
        `  drift         ${one.driftState}${one.driftCheckedAt ? `, ${one.driftCheckedAt}` : ''}`,
        ...(one.drift[0]?.findings ?? []).map(
          (finding: Parameters<typeof sentence>[0]) => `                ${sentence(finding)}`,
        ),
        '',
        operationsTable(one.operations),
      ].join('\n'),
  },

  operations: {
    usage: 'operations <instance>',
    help: 'What was done to it, newest first, with the whole story of the last one that failed.',
    words: 1,
    options: [],
    request: ([instance]) => [at(instance, '/operations')],
    print: ({ operations }) => {
      const failed = operations.find(({ detail }: Operation) => detail)
      return `${operationsTable(operations)}${failed ? `\n${failed.id}:\n${failed.detail}\n` : ''}`
    },
  },

  log: {
    usage: 'log <instance> [--operation <id>]',
    help: 'What its last operation, or this one, has done, with all that cdktf and terraform printed.',
    words: 1,
    options: ['operation'],
    request: ([instance], options) => [at(instance, `/log?${new URLSearchParams(options)}`)],
    print: ({ entries }) =>
      entries.length > 0 ? entries.map(logEntry).join('') : 'Nothing is kept of it (any more).\n',
  },

  usage: {
    usage: 'usage',
    help: 'How many nodes each organization has at the moment, and what they cost a month.',
    words: 0,
    options: [],
    request: () => ['/usage'],
    print: ({ organizations }) =>
      table(
        ['ORGANIZATION', 'INSTANCES', 'NODES', 'BLOCKS', 'DOLLARS A MONTH'],
        organizations.map((one: Usage) => [
          one.organization ?? one.organizationGuid,
          String(one.instances),
          String(one.nodes),
          String(one.blocks),
          String(one.dollarsPerMonth),
        ]),
      ),
  },

  retry: action(
    'retry',
    'Begins its last operation, which failed, once more.',
    ({ operation }) => `The ${operation.type} is queued: ${operation.id}\n`,
  ),
  rotate: action(
    'rotate',
    'Gives its Redis a new password; the one that it has stops working.',
    ({ operation }) =>
      `An update is queued: ${operation.id}\nOnce it has ended, bind or restage the apps of the instance again.\n`,
  ),
  cancel: action(
    'cancel',
    'Ends its operation in progress as failed; terraform is stopped in order.',
    ({ operation }) => `The ${operation.type} was stopped: ${operation.id}\n`,
  ),
  unlock: action(
    'unlock',
    'Opens a state lock that somebody left behind.',
    ({ unlocked }) => `The lock ${unlocked.info.ID} of ${unlocked.holder} is open.\n`,
  ),
  ...adoptionCommands,
  ...stateCommands,
}

interface State {
  serial: number
  /** Where the broker's own backend keeps versions. */
  version?: number
  writer?: string
  createdAt?: string
}

function stateLine({ serial, version, writer, createdAt }: State): string {
  return version === undefined ? `serial ${serial}` : `version ${version}, by ${writer}, ${createdAt}`
}

interface Operation {
  id: string
  type: string
  state: string
  description: string
  detail: string | null
  attempt: number
  createdAt: string
  finishedAt: string | null
}

interface Row {
  instance: string
  name?: string
  space?: string
  organization?: string
  spaceGuid: string
  organizationGuid: string
  plan: string
  engineVersion: string
  operation: Operation
  driftState: string
}

/** The first line with time and attempt; what a program printed below it, indented. */
function logEntry({
  attempt,
  writtenAt,
  text,
}: {
  attempt: number
  writtenAt: string
  text: string
}): string {
  const [first, ...rest] = text.trimEnd().split('\n')
  return [
    `${writtenAt} attempt ${attempt}: ${first}`,
    ...rest.map((line) => `    ${line}`.trimEnd()),
    '',
  ].join('\n')
}

function operationsTable(operations: Operation[]): string {
  return table(
    ['OPERATION', 'TYPE', 'STATE', 'ATTEMPTS', 'BEGUN', 'DESCRIPTION'],
    operations.map(({ id, type, state, attempt, createdAt, description }) => [
      id,
      type,
      state,
      String(attempt),
      createdAt,
      description,
    ]),
  )
}
