import { at, operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { instanceArgument, queueing, yesOption } from './command.ts'
import { confirm } from './terminal/confirm.ts'
import { queued } from './terminal/operations.ts'

export const retire = () =>
  queueing(
    'retire',
    'Ends the password from before the rotation. Apps that still use it are refused from then on.',
  )
    .argument(...instanceArgument)
    .option(...yesOption)
    .action(async (instance, options) => {
      await confirm(`The old password of ${instance} ends: apps that still use it are refused.`, options)
      const client = operatorClient()
      const response = await client.instances[':instance'].retire.$post({ param: at(instance) })
      await tellQueued(client, await response.json(), options, ({ operation }) => queued(operation))
    })
