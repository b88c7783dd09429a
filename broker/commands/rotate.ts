import { shellWord } from '../text/shell-word.ts'
import { at, operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { instanceArgument, programName, queueing, yesOption } from './command.ts'
import { confirm } from './terminal/confirm.ts'
import { queued } from './terminal/operations.ts'

export const rotate = () =>
  queueing('rotate', 'Gives an instance a new password. New bindings get it, and the old one works on.')
    .argument(...instanceArgument)
    .option('--force', 'Also where this ends a password that was not retired.')
    .option(...yesOption)
    .action(async (instance, options) => {
      if (options.force) {
        await confirm(
          'A password that was not retired would end at once: apps that use it would be refused.',
          options,
        )
      }
      const client = operatorClient()
      const query = options.force ? { force: 'true' as const } : {}
      const response = await client.instances[':instance'].rotate.$post({ param: at(instance), query })
      await tellQueued(client, await response.json(), options, ({ operation }) =>
        [
          queued(operation),
          'Once it has ended, have the apps unbound, bound again and restaged, and service keys made again.\n',
          `Then end the old password: npx ${programName} retire ${shellWord(instance)}\n`,
        ].join(''),
      )
    })
