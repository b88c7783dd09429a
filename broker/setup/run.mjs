import { spawnSync } from 'node:child_process'

/**
 * Runs a program to its end, without input. A program that fails or does not exist is not `ok`; one that the user
 * interrupts ends the setup.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {{ ok: boolean, stdout: string, stderr: string }}
 */
export function run(program, args, options) {
  const { status, signal, stdout, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    ...options,
  })
  if (signal === 'SIGINT' || signal === 'SIGTERM') throw new Error(`${program} was interrupted.`)
  return { ok: status === 0, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`)
}
