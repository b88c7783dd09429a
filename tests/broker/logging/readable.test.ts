import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readable } from '../../../broker/logging/readable.ts'

const time = new Date(2026, 10, 27, 17, 5, 12).toISOString()
const line = (fields: object) => JSON.stringify({ level: 30, time, msg: 'attempt begins', ...fields })

test('a line of the log is a line for people', () => {
  expect(readable(line({ instance: 'i-1', attempt: 2, name: 'my redis' }), false)).toBe(
    '17:05:12 info  attempt begins instance=i-1 attempt=2 name="my redis"\n',
  )
})

test('the stack of an error is below it', () => {
  const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here' }
  expect(readable(line({ level: 50, err }), false)).toBe(
    '17:05:12 error attempt begins\n  Error: no\n      at here\n',
  )
})

test('nothing that somebody has named steers the terminal', () => {
  const told = readable(line({ msg: '\u001b[2J', name: '\u001b[2J', err: { stack: '\u001b[2J' } }), false)
  expect(told).not.toContain('\u001b')
  expect(told).toContain('\\u001b[2J')
})

test('on a terminal the log is for people, and JSON everywhere else', () => {
  const log = join(import.meta.dirname, '../../../broker/logging/log.ts')
  const program = `import { createLog } from '${log}'; createLog('info').info({ port: 1 }, 'ready')`
  const node = `'${process.execPath}' --disable-warning=ExperimentalWarning --input-type=module -e "${program}"`
  const elsewhere = spawnSync('sh', ['-c', node], { encoding: 'utf8' })
  expect(JSON.parse(elsewhere.stdout)).toMatchObject({ msg: 'ready', port: 1 })
  const env = { ...process.env, NO_COLOR: '1' }
  const terminal = spawnSync('script', ['-qec', node, '/dev/null'], { encoding: 'utf8', env })
  expect(terminal.stdout).toMatch(/^\d\d:\d\d:\d\d info {2}ready port=1\r\n$/)
})
