import { note } from './command.ts'
import { copying, tellProgress, wayOf } from './copying.ts'
import { tell } from './terminal/answer.ts'

export const dump = () =>
  copying('dump', 'Copies every key of a Redis into a file, with the time that it has left to live.')
    .requiredOption('--out <file>', 'The file to write. It is not encrypted: keep it where the data may be.')
    .addHelpText(
      'after',
      note(
        'It speaks to the Redis itself, not to a broker. A run that was interrupted goes on when the same command is given again. What changes in the Redis meanwhile may be in the file or not.',
      ),
    )
    .action(async (options) => {
      const { dump } = await import('../dumps/dump.ts')
      const { readServiceKey } = await import('../dumps/service-key.ts')
      const key = await readServiceKey(options.credentials)
      const made = await tellProgress((progress) => dump(key, wayOf(options), options.out, progress))
      tell(made, options, ({ file, keys, bytes, sha256 }) =>
        [
          `Keys in ${file}: ${keys} (${(bytes / 1e6).toFixed(1)} MB)
`,
          `SHA-256 of its frames: ${sha256}
`,
        ].join(''),
      )
    })
