import { batchCommand, runBatch } from './batch-command.ts'
import { at, operatorClient } from './client/client.ts'
import { allInstances } from './client/instances.ts'

export const reconcileAll = () =>
  batchCommand(
    'reconcile-all',
    'Reconciles what is drifted or pending, as the last drift checks have found it.',
  )
    .option('--missing', 'Those too whose Redis is gone: each gets a new, empty one.')
    .action(async ({ missing, ...options }) => {
      const client = operatorClient()
      const states = ['drifted', 'pending', ...(missing ? ['missing'] : [])]
      const instances = (await allInstances(client, {})).filter((one) => states.includes(one.driftState))
      const begin = async ({ instance }: { instance: string }) => {
        const response = await client.drift.reconcile[':instance'].$post({ param: at(instance) })
        return (await response.json()).operation
      }
      await runBatch(client, instances, 'reconciled', begin, options)
    })
