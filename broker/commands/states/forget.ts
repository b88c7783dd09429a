import { command, yesOption } from '../command.ts'
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
        if (current.movingTo) throw new Error(`The states are on their way to ${current.movingTo}.`)
        if (current.kind === old) throw new Error(`The states live in ${old}.`)
        const copies = await states(old)
        const found = await stacks(copies)
        await confirm(`${found.own.length} states in ${old} are removed.`, { yes })
        for (const stack of found.own) await copies.remove(stack)
        if (json) return tellJson({ kind: old, removed: found.own, others: found.others })
        printOthers(found)
        print(`Copies removed from ${old}: ${found.own.length}.`)
      })
    })
