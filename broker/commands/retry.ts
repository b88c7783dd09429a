import { at, operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { instanceArgument, queueing } from './command.ts'
import { queued } from './terminal/operations.ts'

export const retry = () =>
  queueing('retry', 'Begins an operation that failed once more.')
    .argument(...instanceArgument)
    .action(async (instance, options) => {
      const client = operatorClient()
      const response = await client.instances[':instance'].retry.$post({ param: at(instance) })
      await tellQueued(client, await response.json(), options, ({ operation }) => queued(operation))
    })
