import { operatorClient } from './client/client.ts'
import { command } from './command.ts'
import { tell } from './terminal/answer.ts'
import { table } from './terminal/table.ts'

export const usage = () =>
  command(
    'usage',
    'What each organization uses at the moment. That is instances, nodes, and the dollars a month.',
  ).action(async (options) => {
    tell(await (await operatorClient().usage.$get()).json(), options, ({ organizations }) =>
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
    )
  })
