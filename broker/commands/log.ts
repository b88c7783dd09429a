import { at, operatorClient } from './client/client.ts'
import { waitFor } from './client/wait.ts'
import { command, instanceArgument } from './command.ts'
import { tell, tellJson } from './terminal/answer.ts'
import { logEntry } from './terminal/operations.ts'

export const log = () =>
  command(
    'log',
    'What the last operation of an instance did and printed. That is its phases, and all that cdktf and Terraform said.',
  )
    .argument(...instanceArgument)
    .option('--operation <id>', 'Of this operation.')
    .option('--follow', 'Go on until the operation has ended.')
    .action(async (instance, { json, follow, operation: id }) => {
      const client = operatorClient()
      const logOf = client.instances[':instance'].log
      const query = id === undefined ? {} : { operation: id }
      const answer = await (await logOf.$get({ param: at(instance), query })).json()
      if (!follow) {
        return tell(answer, { json }, ({ entries }) =>
          entries.length > 0 ? entries.map(logEntry).join('') : 'Nothing is kept of it (any more).\n',
        )
      }
      await waitFor(client, answer.operation, { follow }, json ? undefined : process.stdout)
      if (json) tellJson(await (await logOf.$get({ param: at(instance), query })).json())
    })
