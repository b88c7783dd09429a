import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The files below these directories that hold a secret as it is, by their paths below them. */
export async function filesWith(directories: string[], secret: string): Promise<string[]> {
  const found: string[] = []
  for (const directory of directories) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      if ((await readFile(path)).includes(secret)) found.push(relative(directory, path))
    }
  }
  return found
}
