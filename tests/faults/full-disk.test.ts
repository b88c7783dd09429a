import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { placeEmptyDatabase } from '../support/embedded-database.ts'
import { finishWaits, groupOf, untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { until } from '../support/until.ts'

const mayMount = process.platform === 'linux' && process.getuid?.() === 0

let root: string
let disk: string
let broker: TestBroker

beforeAll(async () => {
  if (!mayMount) return
  root = await mkdtemp(join(tmpdir(), 'full-disk-'))
  disk = join(root, 'disk')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=150m', 'tmpfs', disk])
  // AWS has its own disks.
  await mkdir(join(root, 'local-aws'))
  symlinkSync(join(root, 'local-aws'), join(disk, 'local-aws'))
  placeEmptyDatabase(disk)
  fillHoles(join(disk, 'database', 'pg_wal'))
  broker = await TestBroker.start({ DATA_DIR: disk, TMPDIR: root, DRIFT_SCHEDULE: 'off' })
})
afterAll(async () => {
  if (!mayMount) return
  await broker?.stop()
  await broker?.aws((aws) => aws.stop())
  execFileSync('umount', ['-l', disk])
  await rm(root, { recursive: true, force: true, maxRetries: 5 })
})

/** As in a database that a broker has made: the one that tests copy has files with holes, for which there must be room. */
function fillHoles(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name)
    if (entry.isFile()) writeFileSync(file, readFileSync(file))
  }
}

/** Until not one byte more fits. */
function fill(file: string): void {
  const handle = openSync(file, 'w')
  try {
    for (let size = 1 << 20; size > 0; size >>= 1) {
      const block = Buffer.alloc(size)
      while (written(handle, block)) {}
    }
  } finally {
    closeSync(handle)
  }
}

function written(handle: number, block: Buffer): boolean {
  try {
    return writeSync(handle, block) > 0
  } catch {
    return false
  }
}

const title =
  "a full disk keeps a state from being saved, and brings no password into the log or the operation's"
test.skipIf(!mayMount)(
  mayMount ? title : `${title} (needs root on Linux, to mount a small disk)`,
  async () => {
    const id = randomUUID()
    await broker.created(id)
    const { body } = await broker.bind(id, 'before')
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 600_000 }))
    await broker.update(id, { parameters: { engineVersion: '7.0' } })
    await untilGroupIs(broker, id, 'modifying')
    const filler = join(disk, 'filler')
    fill(filler)
    await finishWaits(broker)
    await until(() => /attempt failed|operation failed/.test(broker.output))
    rmSync(filler)
    await succeeds(broker, id)

    const login = 'operator:operator'
    const log = await broker.request('GET', `/operator/instances/${id}/log`, { login })
    const kept = broker.output + JSON.stringify(log.body)
    expect(kept).not.toContain(body.credentials.password)
    expect(kept).toContain('(the state is not shown here)')
    // What was printed is not lost. Of the file that there was no place for there is a part.
    const found = logged(broker, 'found a state that an earlier attempt could not save')
    expect(found.map(({ save }) => save)).toEqual([true, false])
    expect((await groupOf(broker, id))?.engineVersion).toMatch(/^7\.0/)
    expect(await serves(broker, id)).toBe(true)
  },
)

const panic = 'a broker whose database can not write its log any more ends, and goes on after its start'
test.skipIf(!mayMount)(
  mayMount ? panic : `${panic} (needs root on Linux, to mount a small disk)`,
  async () => {
    // Its log has holes.
    const other = await TestBroker.start({ DATA_DIR: join(disk, 'other'), DRIFT_SCHEDULE: 'off' })
    onTestFinished(() => other.remove())
    const filler = join(disk, 'filler')
    fill(filler)
    const id = randomUUID()
    await other.provision(id).catch(() => {})
    await until(() => other.output.includes("can't go on. See whether its disk is full."))
    expect(await other.stop()).toBe(1)
    rmSync(filler)
    await other.start()
    expect((await other.provision(id)).status).toBe(202)
    await succeeds(other, id)
  },
)
