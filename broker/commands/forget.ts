import { at, operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { instanceArgument, programName, queueing, yesOption } from './command.ts'
import { confirm } from './terminal/confirm.ts'
import { queued } from './terminal/operations.ts'

export const forget = () =>
  queueing('forget', 'Drops an instance and its state. Its Redis stays on AWS as it is.')
    .argument(...instanceArgument)
    .option(...yesOption)
    .action(async (instance, options) => {
      await confirm(`The records of ${instance}, its state and its bindings would be dropped.`, options)
      const client = operatorClient()
      const response = await client.instances[':instance'].forget.$post({ param: at(instance) })
      await tellQueued(
        client,
        await response.json(),
        options,
        ({ operation, group }) =>
          `${queued(operation)}The replication group ${group} stays: adopt it again, or delete it with npx ${programName} orphans --delete ${group}\n`,
      )
    })
