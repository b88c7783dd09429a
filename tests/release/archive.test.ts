import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pack } from '../../release/archive.ts'
import { sha256 } from '../../release/programs.ts'

const isGnu = execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar')

test.skipIf(!isGnu)(
  'what was written in another order, at another time and under another umask gives the same bytes (needs GNU tar)',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'archive-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const packed = async (place: string, names: string[], mode: number, time: number) => {
      const directory = join(root, place, 'redis-broker')
      mkdirSync(directory, { recursive: true })
      for (const name of names) {
        const file = join(directory, name)
        writeFileSync(file, name)
        chmodSync(file, mode)
        utimesSync(file, time, time)
      }
      return sha256((await pack(directory, join(root, place))).archive)
    }
    const names = Array.from({ length: 20 }, (_, number) => `file-${number}`)
    const one = await packed('one', names, 0o644, 1)
    expect(await packed('other', names.toReversed(), 0o600, 2)).toBe(one)
  },
)
