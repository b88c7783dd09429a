import { at, operatorClient } from '../client/client.ts'
import { command, instanceArgument } from '../command.ts'
import { tell } from '../terminal/answer.ts'

export const compare = () =>
  command('compare', 'What changed from one version to another. Secrets are not told.')
    .argument(...instanceArgument)
    .argument('<before>', 'The number of the earlier version.')
    .argument('<after>', 'That of the later one.')
    .action(async (instance, before, after, options) => {
      const param = {
        ...at(instance),
        before: encodeURIComponent(before),
        after: encodeURIComponent(after),
      }
      const response = await operatorClient().states[':instance'].compare[':before'][':after'].$get({ param })
      tell(await response.json(), options, ({ resources, outputs }) => {
        const lines = [
          ...resources.map(
            ({ address, change, attributes }) => `${address} ${change}: ${attributes.join(', ')}`,
          ),
          ...outputs.map(({ name, change, sensitive, ...values }) =>
            sensitive
              ? `output ${name} ${change} (secret)`
              : `output ${name} ${change}: was ${JSON.stringify(values.before ?? null)}, is ${JSON.stringify(values.after ?? null)}`,
          ),
        ]
        return lines.length > 0 ? `${lines.join('\n')}\n` : 'Nothing changed.\n'
      })
    })
