import { at, operatorClient } from './client/client.ts'
import { command, instanceArgument, yesOption } from './command.ts'
import { tell } from './terminal/answer.ts'
import { confirm } from './terminal/confirm.ts'

export const unlock = () =>
  command('unlock', 'Opens a lock that somebody left on a state.')
    .argument(...instanceArgument)
    .option(...yesOption)
    .action(async (instance, options) => {
      const client = operatorClient().instances[':instance']
      const { lock, operation } = await (await client.$get({ param: at(instance) })).json()
      // That of an operation at work is refused, and needs no question.
      const isOfWork = operation.state === 'in progress' && (lock?.ofAttempt ?? true)
      if (lock && !isOfWork && !options.yes) {
        const since = `${lock.holder} has the lock since ${lock.info.Created}.`
        await confirm(`${since} Who is still at work would then write over what comes after.`, options)
      }
      const response = await client.unlock.$post({ param: at(instance) })
      tell(
        await response.json(),
        options,
        ({ unlocked }) => `The lock ${unlocked.info.ID} of ${unlocked.holder} is open.\n`,
      )
    })
