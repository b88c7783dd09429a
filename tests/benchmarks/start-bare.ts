import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Starts the bare handlers of `bare-hono.ts`, on a PostgreSQL. */
export async function startBare(postgres: string) {
  const program = join(import.meta.dirname, 'bare-hono.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, postgres], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  // A log that nobody reads would stop the program once the pipe is full.
  child.stdout.resume()
  return { url: String(line).trim(), stop: () => void child.kill() }
}
