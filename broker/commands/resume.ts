import { operatorClient } from './client/client.ts'
import { command } from './command.ts'
import { tell } from './terminal/answer.ts'

export const resume = () =>
  command('resume', 'Lets new operations start again, and those that have waited.').action(
    async (options) => {
      const response = await operatorClient().pause.$delete()
      tell(await response.json(), options, ({ ended }) =>
        ended ? 'New operations start again.\n' : 'Nothing was paused.\n',
      )
    },
  )
