import { rm } from 'node:fs/promises'
import { lockFile } from '../data-directory/lock.ts'
import { checkDirectoryOf } from './file-fault.ts'

/**
 * Runs `work` while no other process works on the same dump. `<file>.lock` is gone afterwards; one that a killed
 * process leaves behind locks nothing.
 * @throws Error when another process does, or the directory takes no files
 */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  await checkDirectoryOf(file)
  const lock = `${file}.lock`
  const unlock = lockFile(lock)
  if (!unlock) throw new Error(`Another dump or restore of ${file} is running. Wait for its end, or end it.`)
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
    unlock()
  }
}
