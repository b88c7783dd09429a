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
      const client = operatorClient()
      const one = client.instances[':instance']
      // Without old credentials there is nothing to ask about: it is refused.
      const { rotatedAt } = options.yes
        ? { rotatedAt: null }
        : await (await one.$get({ param: at(instance) })).json()
      if (rotatedAt) {
        await confirm(
          `The old password of ${instance} would end: apps that still use it would be refused.`,
          options,
        )
      }
      const response = await one.retire.$post({ param: at(instance) })
      await tellQueued(client, await response.json(), options, ({ operation }) => queued(operation))
    })
