import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** The processes of a group's nodes, in the order of the nodes. */
export async function nodeProcesses(dataDirectory: string, group: string): Promise<number[]> {
  const directory = join(dataDirectory, 'groups', group)
  const nodes = (await readdir(directory)).sort()
  return Promise.all(
    nodes.map(async (node) => Number(await readFile(join(directory, node, 'redis.pid'), 'utf8'))),
  )
}

export async function isAlive(pid: number): Promise<boolean> {
  // A process that has ended stays in the table until its parent asks for it.
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false })
  return stdout !== '' && !stdout.startsWith('Z')
}
