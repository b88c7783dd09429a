import { at, operatorClient } from '../client/client.ts'
import { command, instanceArgument } from '../command.ts'
import { tell } from '../terminal/answer.ts'
import { table } from '../terminal/table.ts'

export const versions = () =>
  command('versions', 'The versions of a state that are kept, newest first.')
    .argument(...instanceArgument)
    .action(async (instance, options) => {
      const response = await operatorClient().states[':instance'].versions.$get({ param: at(instance) })
      tell(await response.json(), options, (answer) =>
        table(
          ['VERSION', 'SERIAL', 'WRITTEN', 'BYTES', 'WRITER'],
          answer.versions.map(({ version, serial, createdAt, size, writer }) =>
            [version, serial, createdAt, size, writer].map(String),
          ),
        ),
      )
    })
