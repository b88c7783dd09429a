import { at, operatorClient } from '../client/client.ts'
import { command, instanceArgument } from '../command.ts'
import { tellJson } from '../terminal/answer.ts'

export const print = () =>
  command('print', 'The whole state of a version. It holds the password: mind where it goes.')
    .argument(...instanceArgument)
    .argument('<version>', 'Its number.')
    .action(async (instance, version) => {
      const param = { ...at(instance), version: encodeURIComponent(version) }
      const response = await operatorClient().states[':instance'].versions[':version'].$get({ param })
      tellJson(await response.json())
    })
