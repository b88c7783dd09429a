import { at, operatorClient } from './client/client.ts'
import { command, instanceArgument } from './command.ts'
import { tell } from './terminal/answer.ts'
import { nextPage } from './terminal/next-page.ts'
import { operationsTable } from './terminal/operations.ts'

export const operations = () =>
  command(
    'operations',
    'What was done to an instance. The newest comes first, and the last one that failed is told in full. It also knows an instance that is gone, by its guid.',
  )
    .argument(...instanceArgument)
    .option('--limit <number>', 'How many at most, up to 1000; 100 by default.')
    .option('--after <id>', 'What comes after this one.')
    .action(async (instance, { json, ...query }, self) => {
      const operationsOf = operatorClient().instances[':instance'].operations
      const answer = await (await operationsOf.$get({ param: at(instance), query })).json()
      tell(answer, { json }, ({ operations, next }) => {
        const failed = operations.find(({ detail }) => detail)
        return [
          operationsTable(operations),
          ...(failed ? [`\n${failed.id}:\n${indented(failed.detail ?? '')}\n`] : []),
          ...(next ? [`\nMore: ${nextPage(self, next)}\n`] : []),
        ].join('')
      })
    })

const indented = (text: string) => text.trimEnd().replace(/^(?=.)/gm, '  ')
