import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseDocument } from 'yaml'
import { readSettings } from '../../broker/settings/read.ts'
import { copyCode } from '../../release/code.ts'
import { requireSettings, withSecrets } from './settings.ts'

const document = parseDocument(readFileSync(join(import.meta.dirname, '../../manifest.yml'), 'utf8'))
const [application, ...others] = document.toJS().applications

test('the manifest of Cloud Foundry is one application without errors or names that are given twice', () => {
  expect([...document.errors, ...document.warnings, ...others]).toEqual([])
})

test('the manifest of Cloud Foundry has all settings but the secrets, for several processes that stop in time', () => {
  const variables: [string, string | number][] = Object.entries(application.env)
  const settings = Object.fromEntries(variables.map(([name, value]) => [name, String(value)]))
  requireSettings(settings)
  expect(readSettings(withSecrets({ ...settings, PORT: '8080' }))).toMatchObject({
    PLATFORM: 'aws',
    STOP_GRACE: 0,
  })
  expect(application).toMatchObject({
    instances: 2,
    'health-check-type': 'http',
    'health-check-http-endpoint': '/health',
  })
})

test('the manifest of Cloud Foundry starts a program of the release', async () => {
  const release = mkdtempSync(join(tmpdir(), 'release-'))
  onTestFinished(() => rmSync(release, { recursive: true, force: true }))
  await copyCode(release)
  const [program, command] = application.command.replace(/^exec /, '').split(' ')
  expect(statSync(join(release, program)).mode & 0o111).toBe(0o111)
  expect(command).toBe('start')
})

test("the page of Cloud Foundry names the manifest's application and database", () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/deploy/cloud-foundry.md'), 'utf8')
  for (const [, name] of page.matchAll(/^ *cf (?:set-env|start) (\S+)/gm)) expect(name).toBe(application.name)
  for (const [, name] of page.matchAll(/^ *cf create-service postgresql \S+ (\S+)/gm))
    expect(application.services).toContain(name)
})
