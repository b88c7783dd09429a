import type { Checked, Skipped } from '../drift/report.ts'
import { operatorClient } from './client/client.ts'
import { eventsOf } from './client/events.ts'
import { command, note } from './command.ts'
import { tell } from './terminal/answer.ts'
import { Progress, summary, tableOf } from './terminal/sweep.ts'
import { readable } from './terminal/terminal.ts'

export const drift = () =>
  command('drift', 'Checks instances for drift, all of them by default.')
    .argument('[instances...]', 'Guids, how they begin, or names.')
    .option('--full', 'Make a plan for each of them. By default those are spared that a look finds clean.')
    .addHelpText(
      'after',
      note(
        'It ends with 0 when nothing differs, with 2 when something does, and with 1 when a check has failed or nothing could be checked.',
      ),
    )
    .action(async (instances, { json, full = false }) => {
      const response = await operatorClient().drift.$post({ json: { instances, full } })
      const progress = new Progress(json ? process.stderr : process.stdout)
      const checked: Checked[] = []
      const skipped: Skipped[] = []
      for await (const event of eventsOf(response, 'The sweep')) {
        progress.tell(readable(event))
        if (event.type === 'checked') checked.push(event)
        if (event.type === 'skipped') skipped.push(event)
        if (event.type !== 'ended') continue
        const { type: _type, checked: _checked, skipped: _skipped, ...rest } = event
        tell(
          { ...rest, instances: checked, skipped },
          { json },
          (report) => `${tableOf(report.instances)}${summary(event, report.instances, report.skipped)}`,
        )
        process.exitCode = event.exitCode
      }
    })
