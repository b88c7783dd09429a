import { batchCommand, runBatch } from './batch-command.ts'
import { at, operatorClient } from './client/client.ts'
import { allInstances } from './client/instances.ts'

export const upgradeAll = () =>
  batchCommand('upgrade-all', "Brings all instances to the broker's newest stack.").action(
    async (options) => {
      const client = operatorClient()
      const instances = await allInstances(client, { upgrade: 'available' })
      const begin = async ({ instance }: { instance: string }) => {
        const response = await client.instances[':instance'].upgrade.$post({ param: at(instance) })
        return (await response.json()).operation
      }
      await runBatch(client, instances, 'upgraded', begin, options)
    },
  )
