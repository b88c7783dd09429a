#!/usr/bin/env node
// The command line: `npx redis-broker <command>`. Plain JavaScript for any Node, since the one on the PATH may be too
// old for TypeScript: what does the work runs in the Node 22 of the project's packages.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const quickStart = fileURLToPath(new URL('../../stacks/quick-start.mjs', import.meta.url))
const pinned = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))

/** The first Node 22 that takes TypeScript as it is, without a flag. */
const [least, leastMinor] = [22, 18]

function node() {
  if (existsSync(pinned)) return pinned
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > least || (major === least && minor >= leastMinor)) return process.execPath
  process.stderr.write(
    `The packages of the project are missing, among them the Node ${least} that this needs. Install them with: npm ci\n`,
  )
  return process.exit(1)
}

const flags = ['--disable-warning=ExperimentalWarning', '--import', quickStart]
const child = spawn(node(), [...flags, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  // Of glibc: a heap for each thread would keep some 20 MB that nobody uses.
  env: { MALLOC_ARENA_MAX: '1', ...process.env },
})
// A Ctrl-C reaches both from the terminal; what is sent to this process alone is passed on.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
})
