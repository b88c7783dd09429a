import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../broker/settings/read.ts'
import { unknownSettings } from '../../broker/settings/unknown.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'

const project = join(import.meta.dirname, '../..')
const textOf = (name: string) => readFileSync(join(project, name), 'utf8')

/** Secrets in place of the files that the examples name. */
function withoutFiles(settings: Record<string, string>): Record<string, string> {
  const secrets: Record<string, string> = {
    BROKER_PASSWORD: 'of the platform only',
    OPERATOR_PASSWORD: 'of the operators only',
    DATABASE_URL: 'postgres://broker@db/broker',
    STATE_KEYS: KeyRing.newEntry('k'),
  }
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const secret = name.replace(/_FILE$/, '')
      return name === secret ? [name, value] : [secret, secrets[secret] ?? `nothing for ${name}`]
    }),
  )
}

const pairs = (text: string, pattern: RegExp) =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name, value])) as Record<
    string,
    string
  >

test('the manifest of Cloud Foundry has all settings but the secrets, and stops in time', () => {
  const settings = pairs(textOf('manifest.yml'), /^ {6}([A-Z_]+): (.*)$/gm)
  const secrets = {
    BROKER_PASSWORD: 'of the platform only',
    OPERATOR_PASSWORD: 'of the operators only',
    STATE_KEYS: KeyRing.newEntry('k'),
  }
  expect(unknownSettings(settings)).toEqual([])
  expect(readSettings({ ...settings, ...secrets, PORT: '8080' })).toMatchObject({
    PLATFORM: 'aws',
    STOP_GRACE: 0,
  })
})

test("the deployment of Kubernetes has the broker's settings, and grants the time of a stop", () => {
  const text = textOf('deploy/kubernetes.yaml')
  const settings = pairs(text, /\{ name: ([A-Z_]+), value: "?([^"}]*?)"? \}/g)
  expect(unknownSettings(settings)).toEqual([])
  const { STOP_GRACE } = readSettings(withoutFiles(settings))
  expect(Number(/terminationGracePeriodSeconds: (\d+)/.exec(text)?.[1])).toBe(STOP_GRACE + 40)
})

const unit = textOf('deploy/redis-broker.service')

test("the unit of systemd has the broker's settings, and grants the time of a stop", () => {
  const assignments = [...unit.matchAll(/^Environment=(.*)$/gm)].map(([, line]) => line).join(' ')
  const settings = pairs(assignments, /([A-Z_]+)=(\S+)/g)
  expect(unknownSettings(settings)).toEqual([])
  const files = [...unit.matchAll(/^LoadCredential=([a-z-]+):/gm)].map(([, name]) => `%d/${name}`)
  expect(
    Object.entries(settings).flatMap(([name, value]) => (name.endsWith('_FILE') ? [value] : [])),
  ).toEqual(files)
  const { STOP_GRACE } = readSettings({ ...withoutFiles(settings) })
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
