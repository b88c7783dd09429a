import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The content of a file that is made once, by whoever comes first, and readable by its owner only. The file
 * is linked into place complete: a process that dies, or two that start at once, leave no half of it.
 */
export async function secretFile(path: string, make: () => string | Promise<string>): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, await make(), { mode: 0o600 })
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return readFile(path, 'utf8')
}

/** A private key and its certificate in one PEM file, as `secretFile` keeps it. */
export interface Pem {
  certificate: string
  privateKey: string
}

export async function pemFile(path: string, make: () => Promise<Pem>): Promise<Pem> {
  const text = await secretFile(path, async () => {
    const { certificate, privateKey } = await make()
    return `${certificate.trim()}\n${privateKey.trim()}\n`
  })
  const end = text.indexOf('-----BEGIN PRIVATE KEY-----')
  return { certificate: text.slice(0, end), privateKey: text.slice(end) }
}
