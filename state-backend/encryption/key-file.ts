import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeyRing, KeyRingError } from './key-ring.ts'

/**
 * The key ring in the file `path`. When there is no such file, it is made, with one new key and mode 0600.
 *
 * Two processes that start at once get the same key: the whole file is written under another name first, and
 * only one of them can link it to `path`. It is on the disk before anything is encrypted with it.
 * @throws KeyRingError when others than the owner may read the file, or its content is no key ring
 */
export async function loadOrCreateKeyFile(path: string): Promise<KeyRing> {
  const mode = await modeOf(path)
  if (mode === undefined) await create(path)
  else if (mode & 0o077)
    throw new KeyRingError(`The key file ${path} must have mode 0600: others can read it.`)
  return KeyRing.parse(await readFile(path, 'utf8'))
}

async function modeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(unlessMissing))?.mode
}

async function create(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  try {
    await writeDurably(draft, `${KeyRing.newEntry(new Date().toISOString().slice(0, 10))}\n`)
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  const directory = await open(dirname(path))
  await directory.sync().finally(() => directory.close())
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
