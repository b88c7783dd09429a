import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { adopt } from './adopt.ts'
import { cancel } from './cancel.ts'
import { cdktf } from './cdktf.ts'
import { bare, helpCommand, note, programName } from './command.ts'
import { complete } from './complete.ts'
import { completion } from './completion.ts'
import { doctor } from './doctor.ts'
import { drift } from './drift.ts'
import { dump } from './dump.ts'
import { fetchProvider } from './fetch-provider.ts'
import { forget } from './forget.ts'
import { list } from './list.ts'
import { log } from './log.ts'
import { operations } from './operations.ts'
import { orphans } from './orphans.ts'
import { pause } from './pause.ts'
import { reconcile } from './reconcile.ts'
import { reconcileAll } from './reconcile-all.ts'
import { reencrypt } from './reencrypt.ts'
import { restore } from './restore.ts'
import { resume } from './resume.ts'
import { retire } from './retire.ts'
import { retry } from './retry.ts'
import { rotate } from './rotate.ts'
import { show } from './show.ts'
import { start } from './start.ts'
import { states } from './states/states.ts'
import { unlock } from './unlock.ts'
import { upgrade } from './upgrade.ts'
import { upgradeAll } from './upgrade-all.ts'
import { usage } from './usage.ts'

/** All commands, a file each, in the order and under the headings of the help. */
const commands: Record<string, (() => CommandUnknownOpts)[]> = {
  'Look:': [list, show, operations, log, usage, drift, orphans],
  'Change an instance:': [retry, reconcile, upgrade, rotate, retire, cancel, unlock, adopt, forget],
  'Change many:': [upgradeAll, reconcileAll, reencrypt],
  'States and cdktf:': [states, cdktf],
  'Copies of the data:': [dump, restore],
  'The broker itself:': [start, doctor, pause, resume, fetchProvider, completion],
}

/** The command line, made anew: commander keeps what it has parsed. */
export function program(): CommandUnknownOpts {
  const root: CommandUnknownOpts = bare(programName, 'Runs a Redis broker, and takes care of its instances.')
    .enablePositionalOptions()
    .addHelpCommand(helpCommand('The broker itself:'))
    .addHelpText(
      'after',
      note(
        'Most ask the broker at BROKER_URL, http://127.0.0.1:8080 by default, as OPERATOR_USERNAME with OPERATOR_PASSWORD.',
      ),
    )
  for (const [heading, group] of Object.entries(commands)) {
    for (const make of group) root.addCommand(make().helpGroup(heading))
  }
  root.addCommand(complete(program), { hidden: true })
  pointToHelp(root, `npx ${programName}`)
  return root
}

/** Each refusal of words and options says where their help is. */
function pointToHelp(command: CommandUnknownOpts, path: string): void {
  command.showHelpAfterError(`What it takes: ${path} --help`)
  for (const inner of command.commands) pointToHelp(inner, `${path} ${inner.name()}`)
}
