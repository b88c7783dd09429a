import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces, platform } from 'node:os'

const TRIES = 20

/**
 * `count` loopback addresses, none of them in `taken`, on which nobody listens on `port`. Each node has an
 * address of its own, so that all of them can have the same port, as on AWS. They are picked at random:
 * services with other data directories on this machine pick theirs too.
 *
 * An error says what to do, in words for whoever runs the machine.
 */
export async function freeAddresses(count: number, port: number, taken: Set<string>): Promise<string[]> {
  const found: string[] = []
  let problem = ''
  for (const address of candidates(count, taken)) {
    if (found.length === count) break
    problem = (await listeningProblem(address, port)) ?? ''
    if (!problem) found.push(address)
  }
  if (found.length === count) return found
  if (platform() === 'darwin') {
    throw new Error(
      `macOS has too few loopback addresses for ${count} more nodes. Add some with, for example, ` +
        '`for i in $(seq 2 20); do sudo ifconfig lo0 alias 127.0.0.$i up; done`.',
    )
  }
  throw new Error(`Port ${port} is taken on this machine's loopback addresses (${problem}).`)
}

function candidates(count: number, taken: Set<string>): string[] {
  if (platform() === 'linux') {
    return Array.from({ length: count + TRIES }, randomAddress).filter((address) => !taken.has(address))
  }
  const loopback = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return loopback
    .map(({ address }) => address)
    .filter((address) => address.startsWith('127.') && address !== '127.0.0.1' && !taken.has(address))
}

/** Linux answers for all of 127.0.0.0/8. The first 65,536 are left to people and other programs. */
function randomAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`
}

async function listeningProblem(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    server.close()
  }
}
