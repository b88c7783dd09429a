import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { Inspector } from '../../../broker/drift/inspector.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { sealOutputs } from '../../../broker/instances/outputs.ts'
import { namingOf } from '../../../broker/provisioner/naming.ts'
import { StackSpecs } from '../../../broker/provisioner/stack-specs.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { repository } from '../../../broker/terraform/environment.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { plans } from '../../support/broker.ts'
import { anyTarget } from '../../support/target.ts'

test('the directory of a stack without an instance stays while it is looked at, and no longer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inspector-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const inspector = await openInspector(directory)
  onTestFinished(() => inspector.close())
  const place = join(directory, 'drift/1/stacks', candidate.stack)

  // It is asked for in the middle of an inspection.
  const attachment = async () => {
    await inspector.keepOnly(new Set())
    expect(existsSync(place)).toBe(true)
    throw new Error('seen enough')
  }
  const inspection = inspector.inspect(candidate, { attachment }, new AbortController().signal)
  await expect(inspection).rejects.toThrow('seen enough')

  await inspector.keepOnly(new Set([candidate.stack]))
  expect(existsSync(place)).toBe(true)
  await inspector.keepOnly(new Set())
  expect(existsSync(place)).toBe(false)
})

test('a check that fails keeps neither the password nor the access of what terraform says', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inspector-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const password = 'the-password-of-the-redis'
  const outputs = { hostname: 'redis', port: 6379, password, engineVersion: '6.2.6' }
  const instance = { ...candidate, ...sealOutputs(keyRing, candidate, outputs) }
  await mkdir(join(directory, 'bin'))
  const terraform = `#!/bin/sh\necho "Error: $TF_HTTP_PASSWORD and ${password}" >&2\nexit 1\n`
  await writeFile(join(directory, 'bin', 'terraform'), terraform, { mode: 0o755 })
  const path = [join(directory, 'bin'), join(repository, 'node_modules', '.bin'), process.env.PATH]
  vi.stubEnv('PATH', path.join(delimiter))
  onTestFinished(() => void vi.unstubAllEnvs())
  const inspector = await openInspector(directory)
  onTestFinished(() => inspector.close())

  const { message } = await inspector.inspect(instance, undefined, new AbortController().signal)
  expect(message).toBe('Error: (sensitive) and (sensitive)')
})

test('what makes a check fail is told, also when its access to the state can not be ended', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inspector-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const failing = (message: string) => () => Promise.reject(new Error(message))
  const inspector = await openInspector(directory, failing('the database does not answer'))
  onTestFinished(() => inspector.close())
  const provider = { attachment: failing('there is no provider') }
  const inspection = inspector.inspect(candidate, provider, new AbortController().signal)
  await expect(inspection).rejects.toThrow('there is no provider')
})

const keyRing = KeyRing.parse(KeyRing.newEntry('one'))

const candidate = newInstance(
  { id: 'candidate', serviceId: 'service', organizationGuid: 'organization', spaceGuid: 'space' },
  { ...anyTarget, planId: plans['redis-dev'], updatedAt: new Date(0).toISOString() },
  'legacy',
)

/** @param end of its access to states */
async function openInspector(dataDirectory: string, end = async () => {}): Promise<Inspector> {
  const settings = readSettings({ DATA_DIR: dataDirectory })
  const naming = namingOf(settings)
  const states = {
    location: () => ({ type: 'http' as const, address: 'http://127.0.0.1:9/state' }),
    access: async () => ({ environment: { TF_HTTP_PASSWORD: 'of-the-attempt' }, end }),
    endReads: async () => {},
  }
  const inspector = new Inspector({
    dataDirectory,
    naming,
    specs: new StackSpecs({ settings, catalog: loadCatalog(settings), naming, states }),
    platform: {
      provider: { environment: {}, program: 'none' },
      replicationGroup: async () => undefined,
    },
    states,
    keyRing,
  })
  await inspector.open()
  return inspector
}
