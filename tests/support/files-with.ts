import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The files below these directories that hold a secret as it is. */
export async function filesWith(directories: string[], secret: string): Promise<string[]> {
  const found: string[] = []
  for (const directory of directories) {
    for (const path of await filesBelow(directory)) {
      // Files may go while they are searched.
      const content = await readFile(path).catch(() => undefined)
      if (content?.includes(secret)) found.push(path)
    }
  }
  return found
}

/** Directories may go too. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const found = entries.map((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
  return (await Promise.all(found)).flat()
}
