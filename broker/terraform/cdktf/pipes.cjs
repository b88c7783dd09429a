/**
 * Preloaded into cdktf: gives terraform a pipe in place of a terminal. Of all that a terminal still holds when its last
 * process has ended, Node reads 4 kB and takes that for the end. What is lost is what terraform says last, and that is
 * what went wrong. The script in front of terraform has both of its streams in one.
 */
const { spawn } = require('node:child_process')
const Module = require('node:module')
const { constants } = require('node:os')

const terminals = '@cdktf/node-pty-prebuilt-multiarch'
/** How cdktf asks terraform to stop. */
const interrupt = '\x03'
const load = Module._load

Module._load = function (request, ...rest) {
  return request === terminals ? { spawn: spawnOnPipe } : load.call(this, request, ...rest)
}

/** As much of a terminal as cdktf uses. */
function spawnOnPipe(file, args, { cwd, env }) {
  // A session of its own, as on a terminal.
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  child.stdout.setEncoding('utf8')
  // It closes then as well.
  child.on('error', () => {})
  return {
    pid: child.pid,
    onData(listener) {
      child.stdout.on('data', listener)
    },
    onExit(listener) {
      // Not `exit`: there may be more to read.
      child.on('close', (code, signal) => listener({ exitCode: code ?? 128 + constants.signals[signal] }))
    },
    write(text) {
      if (text !== interrupt || child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGINT')
      } catch {
        // It has ended.
      }
    },
  }
}
