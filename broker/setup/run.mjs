import { spawn, spawnSync } from 'node:child_process'

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

/** Seconds between two lines that tell how far something is, where they can't take each other's place. */
const quietFor = 15

/**
 * As `run`, for what takes so long that people want to see how far it is.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @param {() => string} howFar asked again and again
 * @returns {Promise<{ ok: boolean, stderr: string }>}
 */
export function runShowing(program, args, options, howFar) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    const { isTTY } = process.stdout
    const begun = Date.now()
    const timer = setInterval(
      () => {
        const line = `  ${howFar()}, ${Math.round((Date.now() - begun) / 1000)} s`
        process.stdout.write(isTTY ? `\r${line}\x1b[K` : `${line}\n`)
      },
      (isTTY ? 1 : quietFor) * 1000,
    )
    const end = () => {
      clearInterval(timer)
      if (isTTY) process.stdout.write('\r\x1b[K')
    }
    child.on('error', () => {
      end()
      resolve({ ok: false, stderr })
    })
    child.on('close', (code, signal) => {
      end()
      if (signal === 'SIGINT' || signal === 'SIGTERM') return reject(new Error(`${program} was interrupted.`))
      resolve({ ok: code === 0, stderr })
    })
  })
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`)
}
