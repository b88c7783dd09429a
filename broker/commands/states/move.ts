import { command, programName } from '../command.ts'
import { tellJson } from '../terminal/answer.ts'
import { kindOption, ownSettings, print, printOthers } from './printing.ts'

export const move = () =>
  command(
    'move',
    'Moves the states to another backend. Each is copied and checked, and from then on they live there.',
  )
    .addOption(kindOption('--to <kind>', 'Where to.'))
    .addHelpText('after', ownSettings)
    .action(async ({ to: kind, json }) => {
      const { withSite } = await import('./site.ts')
      const { moveState } = await import('../../states/move.ts')
      const { startedOperation } = await import('../../operations/last-operation.ts')
      await withSite(async ({ home, states, stacks }) => {
        const to = await states(kind)
        // Wrong settings of the other side are found before anything has begun.
        await to.stacks()
        const from = await states(await home.beginMove(to.kind, startedOperation))
        const found = await stacks(from)
        const moved: object[] = []
        for (const stack of found.own) {
          const one = await moveState(from, to, stack)
          moved.push({ stack, ...one })
          if (json) continue
          const { serial, lineage, written } = one
          print(`${stack}  serial ${serial}, lineage ${lineage}  ${written ? 'moved' : 'was there already'}`)
        }
        await home.endMove(to.kind)
        if (json) return tellJson({ from: from.kind, to: to.kind, moved, others: found.others })
        printOthers(found)
        print(`The states live in ${to.kind} now: ${found.own.length} of them.`)
        print(`Start the broker with STATE_BACKEND=${to.kind}.`)
        print(`The copies in ${from.kind} stay until: npx ${programName} states forget --in ${from.kind}`)
      })
    })
