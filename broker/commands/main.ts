import { causeOf } from '../../state-backend/postgres/cause.ts'
import { program } from './program.ts'
import { show } from './terminal/terminal.ts'

try {
  await program().parseAsync()
} catch (error) {
  show(`${causeOf(error as Error).message}\n`, process.stderr)
  process.exitCode = 1
}
