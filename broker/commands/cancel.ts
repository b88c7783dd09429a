import { at, operatorClient } from './client/client.ts'
import { command, instanceArgument } from './command.ts'
import { tell } from './terminal/answer.ts'

export const cancel = () =>
  command('cancel', 'Ends an operation in progress as failed. Terraform is stopped in order.')
    .argument(...instanceArgument)
    .action(async (instance, options) => {
      const response = await operatorClient().instances[':instance'].cancel.$post({ param: at(instance) })
      tell(
        await response.json(),
        options,
        ({ operation }) => `The ${operation.type} was stopped: ${operation.id}\n`,
      )
    })
