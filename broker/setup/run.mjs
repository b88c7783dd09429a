import { spawnSync } from 'node:child_process'

/**
 * Runs a program to its end, without input. It never throws: a program that does not exist is not `ok` either.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {{ ok: boolean, stdout: string, stderr: string }}
 */
export function run(program, args, options) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    ...options,
  })
  return { ok: status === 0, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`)
}
