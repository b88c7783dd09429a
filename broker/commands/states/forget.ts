import { counted } from '../../text/counted.ts'
import { command, programName, yesOption } from '../command.ts'
import { tellJson } from '../terminal/answer.ts'
import { confirm } from '../terminal/confirm.ts'
import { kindOption, ownSettings, print, printOthers } from './printing.ts'

export const forget = () =>
  command('forget', 'Removes the copies that a move left behind.')
    .addOption(kindOption('--in <kind>', 'Where they are.'))
    .option(...yesOption)
    .addHelpText('after', ownSettings)
    .action(async ({ in: old, json, yes }) => {
      const { withSite } = await import('./site.ts')
      await withSite(async ({ home, states, stacks }) => {
        const current = await home.current()
        if (current.movingTo) {
          throw new Error(
            `The states are on their way to ${current.movingTo}, so that none is forgotten. End that first: npx ${programName} states move --to ${current.movingTo}, or npx ${programName} states abandon`,
          )
        }
        if (current.kind === old) {
          throw new Error(
            `The states are not forgotten in ${old}: they live there, and are no copies. After a move to another backend, forget removes what stays behind here: npx ${programName} states move --help`,
          )
        }
        const copies = await states(old)
        const found = await stacks(copies)
        await confirm(`${counted(found.own.length, 'state')} in ${old} would be removed.`, { yes })
        for (const stack of found.own) await copies.remove(stack)
        if (json) return tellJson({ kind: old, removed: found.own, others: found.others })
        printOthers(found)
        print(`Copies removed from ${old}: ${found.own.length}.`)
      })
    })
