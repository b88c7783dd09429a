import { expect, test } from 'vitest'
import type { Platform, Snapshot } from '../../../broker/platform/platform.ts'
import { removeExpired } from '../../../broker/provisioner/kept-snapshots.ts'
import { brokerTags, namingOf } from '../../../broker/provisioner/naming.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { recordedLog } from '../../support/recorded-log.ts'

const naming = namingOf(readSettings({}))
const stack = '00000000-0000-4000-8000-000000000001'

test('a snapshot that AWS does not delete is named, and keeps no other one whose time is over', async () => {
  const names = ['in use', 'free'].map((name) => `${naming.prefix}${stack}-${name}`)
  const deleted: string[] = []
  const err = new Error('it is being copied')
  const platform = {
    snapshots: async () => names.map((name) => ({ name, arn: name, status: 'available' }) as Snapshot),
    tags: async () => ({ ...brokerTags(naming), 'Keep until': '2020-01-01T00:00:00Z' }),
    async deleteSnapshot(name: string) {
      if (name === names[0]) throw err
      deleted.push(name)
    },
  } as Partial<Platform> as Platform
  const { log, lines } = recordedLog()
  await removeExpired({ naming, platform, log }, new AbortController().signal)
  expect(deleted).toEqual([names[1]])
  expect(lines[0]).toEqual([{ err, snapshot: names[0] }, expect.any(String)])
})
