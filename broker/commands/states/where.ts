import { command } from '../command.ts'
import { tellJson } from '../terminal/answer.ts'
import { ownSettings, print } from './printing.ts'

export const where = () =>
  command('where', 'Where the states live, and how many there are.')
    .addHelpText('after', ownSettings)
    .action(async ({ json }) => {
      const { withSite } = await import('./site.ts')
      await withSite(async ({ home, states, stacks }) => {
        const { kind, movingTo } = await home.current()
        const { own } = await stacks(await states(kind))
        if (json) return tellJson({ kind, movingTo: movingTo ?? null, states: own.length })
        print(`The states live in ${kind}: ${own.length} of them.`)
        if (movingTo) print(`A move to ${movingTo} was interrupted. Run it once more, or abandon it.`)
      })
    })
