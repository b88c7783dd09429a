import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../broker/settings/read.ts'
import { requireSettings, withoutFiles } from './settings.ts'

const project = join(import.meta.dirname, '../..')

const pairs = (text: string, pattern: RegExp) =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name, value])) as Record<
    string,
    string
  >

const unit = readFileSync(join(project, 'deploy/redis-broker.service'), 'utf8')

test("the unit of systemd has the broker's settings, and grants the time of a stop", () => {
  const assignments = [...unit.matchAll(/^Environment=(.*)$/gm)].map(([, line]) => line).join(' ')
  const settings = pairs(assignments, /([A-Z_]+)=(\S+)/g)
  requireSettings(settings)
  const files = [...unit.matchAll(/^LoadCredential=([a-z-]+):/gm)].map(([, name]) => `%d/${name}`)
  expect(
    Object.entries(settings).flatMap(([name, value]) => (name.endsWith('_FILE') ? [value] : [])),
  ).toEqual(files)
  const { STOP_GRACE } = readSettings(withoutFiles(settings))
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBe(STOP_GRACE + 40)
})

const hasSystemd = execFileSync('sh', ['-c', 'command -v systemd-analyze || true']).length > 0

test.skipIf(!hasSystemd)('systemd has nothing to say against the unit (needs systemd-analyze)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'unit-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'redis-broker.service')
  writeFileSync(
    file,
    unit.replace('/opt/redis-broker/bin/redis-broker', join(project, 'release', 'redis-broker.sh')),
  )
  const said = execFileSync('sh', ['-c', 'systemd-analyze verify "$1" 2>&1', 'sh', file], {
    encoding: 'utf8',
  })
  expect(said).not.toMatch(/redis-broker/)
})
