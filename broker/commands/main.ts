import { program } from './program.ts'
import { show } from './terminal/terminal.ts'

try {
  await program().parseAsync()
} catch (error) {
  const { causeOf } = await import('../../state-backend/postgres/cause.ts')
  show(`${causeOf(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}
