import type { InferResponseType } from 'hono/client'
import { sentence } from '../drift/report.ts'
import { nameOf } from '../model/engine-versions.ts'
import { utc } from '../text/utc.ts'
import { at, type Client, operatorClient } from './client/client.ts'
import { command, instanceArgument, programName } from './command.ts'
import { tell } from './terminal/answer.ts'
import { operationsTable } from './terminal/operations.ts'
import { fitted, terminalWidth } from './terminal/terminal.ts'

export const show = () =>
  command('show', 'One instance with its state, lock, last operations and drift.')
    .argument(...instanceArgument)
    .action(async (instance, options) => {
      const response = await operatorClient().instances[':instance'].$get({ param: at(instance) })
      tell(await response.json(), options, shown)
    })

type Answer = InferResponseType<Client['instances'][':instance']['$get']>

const shown = (one: Answer) =>
  [
    fitted(`${one.instance} ${one.name ?? ''}`.trim(), terminalWidth()),
    `  plan          ${one.plan}, ${nameOf(one.engineVersion)}`,
    ...(one.supportWarning ? [`                ${one.supportWarning}`] : []),
    `  space         ${one.organization ?? one.organizationGuid} / ${one.space ?? one.spaceGuid}`,
    `  group         ${one.stack.replicationGroupId}`,
    `  state         ${one.state ? stateLine(one.state) : 'none'}`,
    `  lock          ${one.lock ? `held by ${one.lock.holder} since ${one.lock.info.Created}` : 'free'}`,
    ...(one.rotatedAt ? [`  credentials   rotated ${utc(one.rotatedAt)}, the ones before still work`] : []),
    ...(one.upgradable
      ? [`  stack         a newer one is there: npx ${programName} upgrade ${one.instance}`]
      : []),
    `  drift         ${one.driftState}${one.driftCheckedAt ? `, ${one.driftCheckedAt}` : ''}`,
    ...(one.drift[0]?.findings ?? []).map((finding) => `                ${sentence(finding)}`),
    '',
    operationsTable(one.operations),
  ].join('\n')

function stateLine(state: NonNullable<Answer['state']>): string {
  return 'version' in state
    ? `version ${state.version}, by ${state.writer}, ${state.createdAt}`
    : `serial ${state.serial}`
}
