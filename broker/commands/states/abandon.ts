import { command } from '../command.ts'
import { tellJson } from '../terminal/answer.ts'
import { ownSettings, print } from './printing.ts'

export const abandon = () =>
  command('abandon', 'Ends a move that was interrupted. The states stay where they were.')
    .addHelpText('after', ownSettings)
    .action(async ({ json }) => {
      const { withSite } = await import('./site.ts')
      await withSite(async ({ home }) => {
        const { kind } = await home.current()
        await home.endMove(kind)
        if (json) tellJson({ kind })
        else print(`The states live in ${kind}.`)
      })
    })
