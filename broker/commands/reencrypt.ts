import { operatorClient } from './client/client.ts'
import { eventsOf } from './client/events.ts'
import { command } from './command.ts'
import { tell } from './terminal/answer.ts'
import { LiveLine } from './terminal/live-line.ts'

export const reencrypt = () =>
  command(
    'reencrypt',
    'Encrypts all secrets with the first key of STATE_KEYS. Those are the states and the stored credentials.',
  ).action(async (options) => {
    const line = new LiveLine()
    const response = await operatorClient().states.reencrypt.$post()
    for await (const event of eventsOf(response, 'It')) {
      if (event.type === 'progress') line.tell(`Versions of states: ${event.done} of ${event.total}`)
      if (event.type !== 'ended') continue
      line.clear()
      const { type: _, ...counts } = event
      tell(
        counts,
        options,
        ({ states, outputs }) =>
          `Encrypted anew: versions of states ${states}, credentials of instances ${outputs}.\n`,
      )
    }
  })
