import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { nodeFlags } from '../../support/node.ts'

const main = fileURLToPath(new URL('../../../broker/commands/main.ts', import.meta.url))

/** The process that `redis-broker states` starts, with these settings. */
export function startStatesCommand(settings: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [...nodeFlags, main, 'states', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const read = (chunk: Buffer) => {
    output += chunk
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  return {
    kill: () => child.kill('SIGKILL'),
    firstLine: () => once(child.stdout, 'data'),
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, output })),
  }
}

export const statesCommand = (settings: Record<string, string>, ...args: string[]) =>
  startStatesCommand(settings, ...args).ended
