import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

type Use = 'read' | 'written'

const known: Record<string, (path: string, use: Use) => string> = {
  ENOENT: (path) => `There is no file ${path}.`,
  EISDIR: (path) => `${path} is a directory. Name a file.`,
  ENOTDIR: (path) => `${dirname(path)} is no directory.`,
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: (path) => `${path} can't be written: its disk is for reading only.`,
  ENOSPC: (path) => `${path} can't be written: the disk is full.`,
}

/** What the operating system says of a file, in plain words. */
export function fileFault(error: unknown, path: string, use: Use): Error {
  const sentence = known[(error as NodeJS.ErrnoException).code ?? '']?.(path, use)
  return sentence === undefined ? (error as Error) : new Error(sentence)
}

function notAllowed(path: string, use: Use): string {
  return `${path} can't be ${use}: the user that runs this has no right to.`
}

/** @throws Error when no file can be made beside this one, or in its place */
export async function checkDirectoryOf(file: string): Promise<void> {
  const directory = dirname(resolve(file))
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw fileFault(error, directory, 'written')
    throw new Error(`There is no directory ${directory}. Make it, or choose another file.`)
  })
  if (!found.isDirectory()) throw new Error(`${directory} is no directory. Choose another file.`)
  await access(directory, constants.W_OK).catch((error: unknown) => {
    throw fileFault(error, directory, 'written')
  })
}
