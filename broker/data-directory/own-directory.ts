import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DirectoryInUse, lockDirectory } from './lock.ts'

export interface OwnDirectory {
  path: string
  /** Also done by the end of the process, however it ends. */
  release(): void
}

/**
 * The first directory below `parent` that no other process holds: brokers may share a data directory. A dead
 * process's is free, with all that was prepared in it.
 */
export function takeDirectory(parent: string): OwnDirectory {
  for (let number = 1; ; number++) {
    const path = join(parent, String(number))
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const release = ifFree(path)
    if (release) return { path, release }
  }
}

function ifFree(path: string): (() => void) | undefined {
  try {
    return lockDirectory(path)
  } catch (error) {
    if (error instanceof DirectoryInUse) return undefined
    throw error
  }
}
