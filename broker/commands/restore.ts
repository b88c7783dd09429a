import { note } from './command.ts'
import { copying, tellProgress, wayOf } from './copying.ts'
import { tell } from './terminal/answer.ts'

export const restore = () =>
  copying('restore', 'Writes the keys of a dump into a Redis.')
    .requiredOption(
      '--in <file>',
      'The file that dump has written. All of it is checked before a key is written.',
    )
    .option(
      '--replace',
      'Also into a Redis that has keys: overwrites those of the same names, and leaves the others.',
    )
    .option(
      '--absolute-expiry',
      'Let keys end when they would have ended where they come from, and leave out those that have. By default they have as long to live as they had then.',
    )
    .addHelpText(
      'after',
      note(
        'It speaks to the Redis itself, not to a broker. A run that was interrupted goes on when the same command is given again; <file>.restoring keeps how far it got.',
      ),
    )
    .action(async (options) => {
      const { restore } = await import('../dumps/restore.ts')
      const { readServiceKey } = await import('../dumps/service-key.ts')
      const { replace = false, absoluteExpiry = false } = options
      const key = await readServiceKey(options.credentials)
      const done = await tellProgress((progress) =>
        restore(key, wayOf(options), options.in, { replace, absoluteExpiry }, progress),
      )
      tell(done, options, ({ keys, present, expired }) =>
        [
          `Keys written: ${keys}\n`,
          ...(expired > 0 ? [`Left out, since they have ended: ${expired}\n`] : []),
          ...(present > 0 ? [`There already, and left as they were: ${present}\n`] : []),
        ].join(''),
      )
    })
