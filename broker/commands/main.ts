import { askedWords } from './asked-words.ts'
import { program } from './program.ts'
import { show } from './terminal/terminal.ts'

// Who reads only the beginning, as `head` does, has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  const root = program()
  await root.parseAsync(askedWords(root, process.argv.slice(2)), { from: 'user' })
} catch (error) {
  const { causeOf } = await import('../../state-backend/postgres/cause.ts')
  show(`${causeOf(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}
