import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installedProvider } from '../../../broker/terraform/installed-provider.ts'
import { ProviderProcess } from '../../../broker/terraform/provider-process.ts'
import { awsProvider, providerTarget } from '../../../stacks/aws-provider.ts'
import { eventually } from '../../support/eventually.ts'

let directory: string
let starts: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'provider-process-'))
  starts = join(directory, 'starts')
})
afterEach(() => {
  for (const pid of started()) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

/** With a stand-in for the program: it only says where it listens, which is its pid here. */
function provider({ saying }: { saying: string }): ProviderProcess {
  const program = join(directory, 'terraform-provider-aws')
  const script = `#!/bin/sh\necho $$ >> '${starts}'\n${saying}\nexec sleep 1000\n`
  writeFileSync(program, script, { mode: 0o755 })
  return new ProviderProcess({ program, environment: { PATH: process.env.PATH }, advice: 'Do without.' })
}

const telling = { saying: `echo "TF_REATTACH_PROVIDERS='$$'"` }
const silent = { saying: '' }

/** The pids of all that were started. */
function started(): number[] {
  try {
    return readFileSync(starts, 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const never = new AbortController().signal

test('whoever asks gets the one process, until a stop ends it', async () => {
  const shared = provider(telling)
  const [one, other] = await Promise.all([shared.attachment(never), shared.attachment(never)])
  expect(started()).toHaveLength(1)
  expect(one).toEqual({ TF_REATTACH_PROVIDERS: String(started()[0]) })
  expect(other).toEqual(one)
  await shared.stop()
  expect(started().filter(isRunning)).toEqual([])
})

test('when it has died, all who ask get the one that comes after it, and a stop leaves none', async () => {
  const shared = provider(telling)
  const { TF_REATTACH_PROVIDERS: first } = await shared.attachment(never)
  process.kill(Number(first), 'SIGKILL')
  await eventually(() => expect(isRunning(Number(first))).toBe(false))
  const [one, other] = await Promise.all([shared.attachment(never), shared.attachment(never)])
  expect(one).not.toEqual({ TF_REATTACH_PROVIDERS: first })
  expect(other).toEqual(one)
  await shared.stop()
  expect(started()).toHaveLength(2)
  expect(started().filter(isRunning)).toEqual([])
})

test('one that says nothing keeps nobody who is to go, and is ended by the stop', async () => {
  const shared = provider(silent)
  const sweep = new AbortController()
  const attachment = expect(shared.attachment(sweep.signal)).rejects.toThrow('the broker stops')
  await eventually(() => expect(started()).toHaveLength(1))
  sweep.abort(new Error('the broker stops'))
  await attachment
  await shared.stop()
  expect(started().filter(isRunning)).toEqual([])
})

test('whoever waits for one gets it, also when the one who had it started has gone meanwhile', async () => {
  const told = join(directory, 'told')
  const shared = provider({ saying: `until [ -e '${told}' ]; do sleep 0.05; done\n${telling.saying}` })
  const first = new AbortController()
  const gone = expect(shared.attachment(first.signal)).rejects.toThrow('the first goes')
  const second = shared.attachment(never)
  await eventually(() => expect(started()).toHaveLength(1))
  first.abort(new Error('the first goes'))
  await gone
  writeFileSync(told, '')
  expect(await second).toEqual({ TF_REATTACH_PROVIDERS: String(started()[0]) })
  await shared.stop()
})

test('once the sweep is over none is started', async () => {
  const over = AbortSignal.abort(new Error('the broker stops'))
  await expect(provider(telling).attachment(over)).rejects.toThrow('the broker stops')
  expect(started()).toEqual([])
})

test('one that ends at once is tried again by the next who asks', async () => {
  const shared = provider({ saying: `[ $(wc -l < '${starts}') -gt 1 ] || exit 1\n${telling.saying}` })
  await expect(shared.attachment(never)).rejects.toThrow(
    /plugin of the AWS provider does not run \(it ends with 1\)\. .*\. Do without\.$/,
  )
  expect(await shared.attachment(never)).toEqual({ TF_REATTACH_PROVIDERS: String(started()[1]) })
  await shared.stop()
})

test('one that is killed from outside is told apart from one that does not run', async () => {
  const killed = provider({ saying: 'kill -9 $$' })
  await expect(killed.attachment(never)).rejects.toThrow(
    /ended before it said where it listens\. Do without\.$/,
  )
  const broken = new ProviderProcess({ program: join(directory, 'none'), environment: {} })
  await expect(broken.attachment(never)).rejects.toThrow(/does not run \(.*ENOENT/)
})

test('the program is the one of the mirror, and a mirror without it is named', async () => {
  const { source, version } = awsProvider
  const place = join(directory, 'mirror', source, version, providerTarget)
  mkdirSync(place, { recursive: true })
  const found = () => installedProvider(directory, join(directory, 'mirror'), version)
  await expect(found()).rejects.toThrow(place)
  writeFileSync(join(place, `terraform-provider-aws_v${version}_x5`), '', { mode: 0o755 })
  expect((await found()).program).toBe(join(place, `terraform-provider-aws_v${version}_x5`))
})
