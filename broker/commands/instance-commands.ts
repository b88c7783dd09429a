import { sentence } from '../drift/report.ts'
import type { OperationAnswer, UnlockAnswer } from '../operator/actions.ts'
import type { InstanceAnswer, InstancesAnswer, LogAnswer, OperationsAnswer } from '../operator/instances.ts'
import type { ShownOperation } from '../operator/shown.ts'
import type { UsageAnswer } from '../operator/usage.ts'
import { utc } from '../text/utc.ts'
import { adoptionCommands } from './adoption-commands.ts'
import { action, at, type Command, type Received } from './command.ts'
import { stateCommands } from './state-commands.ts'
import { table } from './table.ts'
import { fitted, terminalWidth } from './terminal.ts'

export const commands: Record<string, Command> = {
  list: {
    usage: 'list [--name …] [--space …] [--organization …] [--plan …] [--drift …] [--operation …]',
    help: 'All instances, or those that fit. A space and an organization go by guid or name.',
    words: 0,
    options: ['name', 'space', 'organization', 'plan', 'drift', 'operation'],
    request: (_words, options) => [`/instances?${new URLSearchParams(options)}`],
    print: ({ instances }: Received<InstancesAnswer>) =>
      table(
        ['INSTANCE', 'NAME', 'ORGANIZATION', 'SPACE', 'PLAN', 'VERSION', 'LAST OPERATION', 'DRIFT'],
        instances.map((one) => [
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
    print: (one: Received<InstanceAnswer>) =>
      [
        fitted(`${one.instance} ${one.name ?? ''}`.trim(), terminalWidth()),
        `  plan          ${one.plan}, Redis ${one.engineVersion}`,
        ...(one.supportWarning ? [`                ${one.supportWarning}`] : []),
        `  space         ${one.organization ?? one.organizationGuid} / ${one.space ?? one.spaceGuid}`,
        `  group         ${one.stack.replicationGroupId}`,
        `  state         ${one.state ? stateLine(one.state) : 'none'}`,
        `  lock          ${one.lock ? `held by ${one.lock.holder} since ${one.lock.info.Created}` : 'free'}`,
        ...(one.rotatedAt
          ? [`  credentials   rotated ${utc(one.rotatedAt)}, the ones before still work`]
          : []),
        `  drift         ${one.driftState}${one.driftCheckedAt ? `, ${one.driftCheckedAt}` : ''}`,
        ...(one.drift[0]?.findings ?? []).map((finding) => `                ${sentence(finding)}`),
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
    print: ({ operations }: Received<OperationsAnswer>) => {
      const failed = operations.find(({ detail }) => detail)
      return `${operationsTable(operations)}${failed ? `\n${failed.id}:\n${indented(failed.detail ?? '')}\n` : ''}`
    },
  },

  log: {
    usage: 'log <instance> [--operation <id>]',
    help: 'What its last operation, or this one, has done, with all that cdktf and terraform printed.',
    words: 1,
    options: ['operation'],
    request: ([instance], options) => [at(instance, `/log?${new URLSearchParams(options)}`)],
    print: ({ entries }: Received<LogAnswer>) =>
      entries.length > 0 ? entries.map(logEntry).join('') : 'Nothing is kept of it (any more).\n',
  },

  usage: {
    usage: 'usage',
    help: 'How many nodes each organization has at the moment, and what they cost a month.',
    words: 0,
    options: [],
    request: () => ['/usage'],
    print: ({ organizations }: Received<UsageAnswer>) =>
      table(
        ['ORGANIZATION', 'INSTANCES', 'NODES', 'BLOCKS', 'DOLLARS A MONTH'],
        organizations.map((one) => [
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
    ({ operation }: Received<OperationAnswer>) => `The ${operation.type} is queued: ${operation.id}\n`,
  ),
  rotate: {
    usage: 'rotate <instance> [--force]',
    help: 'Adds a new password: new bindings get it, the old one works on. --force also ends one that was not retired.',
    words: 1,
    options: [],
    flags: ['force'],
    request: ([instance], { force }) => [
      at(instance, `/rotate${force ? '?force=true' : ''}`),
      { method: 'POST' },
    ],
    print: ({ operation }: Received<OperationAnswer>) =>
      `An update is queued: ${operation.id}\nOnce it has ended, have the apps unbound, bound again and restaged, and service keys made again.\nThen end the old password: npm run operator -- retire <instance>\n`,
  },
  retire: action(
    'retire',
    'Ends the password from before the last rotation: apps that still use it are refused from then on.',
    ({ operation }: Received<OperationAnswer>) =>
      `An update is queued: ${operation.id}\nSee how it goes: npm run operator -- operations <instance>\n`,
  ),
  cancel: action(
    'cancel',
    'Ends its operation in progress as failed; terraform is stopped in order.',
    ({ operation }: Received<OperationAnswer>) => `The ${operation.type} was stopped: ${operation.id}\n`,
  ),
  unlock: action(
    'unlock',
    'Opens a state lock that somebody left behind.',
    ({ unlocked }: UnlockAnswer) => `The lock ${unlocked.info.ID} of ${unlocked.holder} is open.\n`,
  ),
  ...adoptionCommands,
  ...stateCommands,
}

function stateLine(state: NonNullable<Received<InstanceAnswer>['state']>): string {
  return 'version' in state
    ? `version ${state.version}, by ${state.writer}, ${state.createdAt}`
    : `serial ${state.serial}`
}

const indented = (text: string) => text.trimEnd().replace(/^(?=.)/gm, '  ')

/** The first line with time and attempt; what a program printed below it, indented. */
function logEntry({ attempt, writtenAt, text }: Received<LogAnswer>['entries'][number]): string {
  const [first, ...rest] = text.trimEnd().split('\n')
  return [
    `${writtenAt} attempt ${attempt}: ${first}`,
    ...rest.map((line) => `    ${line}`.trimEnd()),
    '',
  ].join('\n')
}

function operationsTable(operations: Received<ShownOperation>[]): string {
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
