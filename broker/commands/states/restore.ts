import { at, operatorClient } from '../client/client.ts'
import { command, instanceArgument } from '../command.ts'
import { tell } from '../terminal/answer.ts'

export const restore = () =>
  command('restore', 'Makes an old version current again. It becomes a new one, and AWS is not touched.')
    .argument(...instanceArgument)
    .argument('<version>', 'Its number.')
    .action(async (instance, version, options) => {
      const param = { ...at(instance), version: encodeURIComponent(version) }
      const response = await operatorClient().states[':instance'].restore[':version'].$post({ param })
      tell(
        await response.json(),
        options,
        ({ restored }) =>
          `It is version ${restored.version} now, with serial ${restored.serial}. Check it for drift.\n`,
      )
    })
