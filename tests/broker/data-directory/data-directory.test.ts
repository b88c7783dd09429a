import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataDirectory } from '../../../broker/data-directory/data-directory.ts'
import { lockDirectory } from '../../../broker/data-directory/lock.ts'
import { createLog } from '../../../broker/logging/log.ts'

const log = createLog('silent')
const isRoot = process.getuid?.() === 0

let parent: string
let directory: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-directory-'))
  directory = join(parent, 'data')
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

const modeOf = (path: string) => statSync(path).mode & 0o777

test('other users can open no new data directory', () => {
  openDataDirectory(directory, log)
  expect(modeOf(directory)).toBe(0o700)
})

test.each([0o755, 0o750, 0o777, 0o701])('other users can no longer open one that had mode %o', (mode) => {
  mkdirSync(directory)
  chmodSync(directory, mode)
  openDataDirectory(directory, log)
  expect(modeOf(directory)).toBe(0o700)
})

test.runIf(isRoot)("another user's data directory is refused, and it is said why", () => {
  mkdirSync(directory, { mode: 0o755 })
  chownSync(directory, 12_345, 12_345)
  expect(() => openDataDirectory(directory, log)).toThrow(
    /DATA_DIR .* belongs to another user \(uid 12345\).* chown/,
  )
  expect(existsSync(join(directory, 'lock'))).toBe(false)
})

const isLinux = process.platform === 'linux'
test.each<[what: string, path: () => string, reason: string]>([
  ['a file', () => file(), 'data is no directory'],
  ['below a file', () => join(file(), 'below'), 'data is no directory'],
  ['a link to nothing', () => link(), 'data is a link to something that is not there'],
  ['below a link to nothing', () => join(link(), 'below'), 'data is a link to something that is not there'],
  ...(isLinux
    ? [['where nothing can be made', () => '/proc/none', 'ENOENT'] as [string, () => string, string]]
    : []),
])('one that is %s is refused by its setting, and it is said why', (_what, path, reason) => {
  const refused = path()
  expect(() => openDataDirectory(refused, log)).toThrow(`DATA_DIR ${refused} can't be made: `)
  expect(() => openDataDirectory(refused, log)).toThrow(reason)
  expect(() => openDataDirectory(refused, log)).toThrow('Set DATA_DIR to a directory that')
})

test('it is made with the directories above it, and may be a link to one', () => {
  const [deep, other] = [join(directory, 'deep'), join(parent, 'link')]
  openDataDirectory(deep, log)
  expect([directory, deep].map(modeOf)).toEqual([0o700, 0o700])
  symlinkSync(deep, other)
  openDataDirectory(other, log)
})

function file(): string {
  writeFileSync(directory, '')
  return directory
}

function link(): string {
  symlinkSync(join(parent, 'none'), directory)
  return directory
}

test('who finds it locked by no broker is told where to look', () => {
  openDataDirectory(directory, log)
  const reader = new DatabaseSync(join(directory, 'lock'))
  try {
    reader.exec('begin; select * from sqlite_schema')
    expect(() => lockDirectory(directory)).toThrow(/in use by another broker.*lock open and locked/)
  } finally {
    reader.close()
  }
})
