import { createWriteStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { execa } from 'execa'
import { sha256 } from './programs.ts'
import { releaseTime } from './project.ts'

/** Of GNU's tar: nothing in the archive tells who made it, when, or in which order files lay on the disk. */
const reproducible = [
  '--sort=name',
  `--mtime=@${releaseTime}`,
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--mode=go=rX,u+rw',
]

/**
 * Packs the directory, and writes the archive's checksum beside it, for `sha256sum --check`.
 * @param level of gzip's compression
 */
export async function pack(
  directory: string,
  out: string,
  level = 6,
): Promise<{ archive: string; checksum: string; bytes: number }> {
  const archive = join(out, `${basename(directory)}.tar.gz`)
  const options = (await isGnu()) ? reproducible : []
  const tar = execa('tar', ['-c', ...options, '-C', dirname(directory), basename(directory)], {
    stdout: 'pipe',
    buffer: false,
  })
  await Promise.all([pipeline(tar.stdout, createGzip({ level }), createWriteStream(archive)), tar])
  const checksum = `${archive}.sha256`
  await writeFile(checksum, `${await sha256(archive)}  ${basename(archive)}\n`)
  return { archive, checksum, bytes: (await stat(archive)).size }
}

async function isGnu(): Promise<boolean> {
  return (await execa('tar', ['--version'], { reject: false })).stdout?.includes('GNU tar') ?? false
}
