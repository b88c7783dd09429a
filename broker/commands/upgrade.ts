import { at, operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { instanceArgument, queueing } from './command.ts'
import { queued } from './terminal/operations.ts'

export const upgrade = () =>
  queueing(
    'upgrade',
    "Brings an instance to the broker's newest stack. That is what cf upgrade-service does.",
  )
    .argument(...instanceArgument)
    .action(async (instance, options) => {
      const client = operatorClient()
      const response = await client.instances[':instance'].upgrade.$post({ param: at(instance) })
      await tellQueued(client, await response.json(), options, ({ operation }) => queued(operation))
    })
