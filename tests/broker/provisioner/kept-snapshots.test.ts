import { expect, test } from 'vitest'
import type { Platform, Snapshot } from '../../../broker/platform/platform.ts'
import { removeExpired } from '../../../broker/provisioner/kept-snapshots.ts'
import { brokerTags, namingOf } from '../../../broker/provisioner/naming.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { recordedLog } from '../../support/recorded-log.ts'

const naming = namingOf(readSettings({}))
const stack = '00000000-0000-4000-8000-000000000001'
const hour = 3_600_000
const fromNow = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString()

/** An AWS with such snapshots, by their names for users, that can't delete some; and what is done to them. */
async function after(snapshots: Record<string, Record<string, string>>, inUse: string[] = []) {
  const awsName = (name: string) => `${naming.prefix}${stack}-${name}`
  const deleted: string[] = []
  const tagged = new Map<string, Record<string, string>>()
  const err = new Error('it is being copied')
  const platform = {
    snapshots: async () =>
      Object.keys(snapshots).map(
        (name) => ({ name: awsName(name), arn: name, status: 'available' }) as Snapshot,
      ),
    tags: async ({ arn }) => ({ ...brokerTags(naming), ...snapshots[arn] }),
    async addTags({ arn }, tags) {
      tagged.set(arn, tags)
    },
    async deleteSnapshot(awsNamed) {
      const name = Object.keys(snapshots).find((one) => awsName(one) === awsNamed) as string
      if (inUse.includes(name)) throw err
      deleted.push(name)
    },
  } satisfies Partial<Platform> as Partial<Platform> as Platform
  const { log, lines } = recordedLog()
  await removeExpired({ naming, platform, log }, new AbortController().signal)
  return { deleted, tagged, lines, err, awsName }
}

const over = { 'Keep until': fromNow(-48 * hour), 'Over since': fromNow(-25 * hour) }

test('a snapshot that AWS does not delete is named, and keeps no other one whose time is over', async () => {
  const { deleted, lines, err, awsName } = await after({ busy: over, free: over }, ['busy'])
  expect(deleted).toEqual(['free'])
  expect(lines[0]).toEqual([{ err, snapshot: awsName('busy') }, expect.any(String)])
})

test('a snapshot goes only when its time was over a day ago as well: a clock may be ahead for a while', async () => {
  const { deleted, tagged } = await after({
    'seen for the first time': { 'Keep until': fromNow(-hour) },
    'seen an hour ago': { 'Keep until': fromNow(-48 * hour), 'Over since': fromNow(-hour) },
    'seen by a clock that was ahead': { 'Keep until': fromNow(-hour), 'Over since': fromNow(300 * hour) },
    'kept again': { 'Keep until': fromNow(hour), 'Over since': fromNow(-300 * hour) },
    'of nobody': {},
    over,
  })
  expect(deleted).toEqual(['over'])
  expect([...tagged.keys()]).toEqual(['seen for the first time', 'seen by a clock that was ahead'])
  for (const tags of tagged.values())
    expect(Math.abs(Date.now() - Date.parse(tags['Over since'] ?? ''))).toBeLessThan(hour)
})
