import { operatorClient } from './client/client.ts'
import { command } from './command.ts'
import { tell } from './terminal/answer.ts'

export const pause = () =>
  command('pause', 'Keeps new operations from starting. What has begun goes on to its end.')
    .option('--refuse', 'Refuse creations and updates, instead of taking them and letting them wait.')
    .option('--reason <text>', 'Why, for the users of the platform.')
    .action(async ({ json, refuse, reason }) => {
      const options = { ...(refuse ? { refuse } : {}), ...(reason ? { reason } : {}) }
      const response = await operatorClient().pause.$post({ json: options })
      tell(await response.json(), { json }, ({ pause: { refuses } }) =>
        refuses
          ? 'New creations and updates are refused. Deletions are taken and wait.\n'
          : 'New operations are taken and wait.\n',
      )
    })
