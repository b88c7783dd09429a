import { networkInterfaces, platform } from 'node:os'

/** As many as the largest plan has nodes. */
const needed = 5

/** Each Redis node on this machine has a loopback address of its own. Linux has them all, macOS has to be told. */
export function ensureLoopbackAddresses() {
  if (platform() !== 'darwin') return
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  const usable = addresses.filter(({ address }) => address.startsWith('127.') && address !== '127.0.0.1')
  if (usable.length >= needed) return
  throw new Error(
    'Each Redis node needs a loopback address of its own, and macOS has too few. ' +
      'Add some with: for i in $(seq 2 40); do sudo ifconfig lo0 alias 127.0.0.$i up; done',
  )
}
