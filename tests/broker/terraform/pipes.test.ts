import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { repository } from '../../../broker/terraform/environment.ts'

const preloaded = join(repository, 'broker', 'terraform', 'cdktf', 'pipes.cjs')

/** What a program prints that has cdktf's terminal run a script of the shell. */
async function printed(script: string, program: string): Promise<string> {
  const source = `
    const { spawn } = require('@cdktf/node-pty-prebuilt-multiarch')
    const terminal = spawn('sh', ['-c', ${JSON.stringify(script)}], { cwd: '/', env: process.env })
    ${program}`
  const { stdout } = await execa(process.execPath, ['--require', preloaded, '--eval', source], {
    cwd: repository,
  })
  return stdout
}

test('cdktf gets all that terraform prints, also while it is busy until after the end', async () => {
  const lines =
    'i=0; while [ $i -lt 1500 ]; do echo "one of many lines, $i"; i=$((i+1)); done; echo the end; exit 3'
  const output = await printed(
    lines,
    `let output = ''
    let busyUntil
    terminal.onData((piece) => {
      output += piece
      busyUntil ??= Date.now() + 1000
      while (Date.now() < busyUntil);
    })
    terminal.onExit(({ exitCode }) => console.log(exitCode, output.trim().split('\\n').length, output.endsWith('the end\\n')))`,
  )
  expect(output).toBe('3 1501 true')
})

test('what stops terraform on a terminal reaches it', async () => {
  const script = 'trap "echo interrupted; exit 7" INT; echo begun; while :; do sleep 0.1; done'
  const output = await printed(
    script,
    `terminal.onData((piece) => (piece.includes('begun') ? terminal.write('\\x03') : console.log(piece.trim())))
    terminal.onExit(({ exitCode }) => {
      console.log(exitCode)
      // There is nothing to stop any more, as cdktf does not know.
      terminal.write('\\x03')
    })`,
  )
  expect(output).toBe('interrupted\n7')
})

test('a program that is missing has ended, and not well', async () => {
  const source = `
    const { spawn } = require('@cdktf/node-pty-prebuilt-multiarch')
    spawn('/no/such/program', [], { cwd: '/', env: {} }).onExit(({ exitCode }) => console.log(exitCode !== 0))`
  const { stdout } = await execa(process.execPath, ['--require', preloaded, '--eval', source], {
    cwd: repository,
  })
  expect(stdout).toBe('true')
})
