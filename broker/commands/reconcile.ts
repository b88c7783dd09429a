import { sentence } from '../drift/report.ts'
import { at, operatorClient } from './client/client.ts'
import { tellQueued } from './client/queue.ts'
import { instanceArgument, queueing } from './command.ts'
import { queued } from './terminal/operations.ts'

export const reconcile = () =>
  queueing(
    'reconcile',
    'Brings an instance back to what it should be. It is checked first, and an update is queued. Where its Redis is gone it gets a new, empty one.',
  )
    .argument(...instanceArgument)
    .action(async (instance, options) => {
      const client = operatorClient()
      const response = await client.drift.reconcile[':instance'].$post({ param: at(instance) })
      await tellQueued(client, await response.json(), options, ({ check, operation }) => {
        if (operation === null) return `${check.name ?? instance} is as it should be. Nothing was done.\n`
        const anew =
          check.state === 'missing'
            ? 'The Redis is created anew: it is empty, and may have another address. Its apps have to be unbound, bound again and restaged.\n'
            : ''
        return `${check.findings.map(sentence).join('\n')}\n\n${queued(operation)}${anew}`
      })
    })
