import { parseState } from '../../state-backend/index.ts'
import type { States } from './states.ts'

export interface Moved {
  serial: number
  lineage: string
  /** False when an earlier, interrupted move had brought it there. */
  written: boolean
}

/**
 * Copies a state byte for byte and reads it again on the other side. Terraform can't do this: a state that it
 * pushes to an empty backend gets a new lineage. The copy that is left behind stays as it is.
 *
 * @throws Error when anybody works on the state, or the other side has a newer or another one
 */
export async function moveState(from: States, to: States, stack: string): Promise<Moved> {
  const refuse = (why: string): never => {
    throw new Error(`The state of ${stack} can't be moved: ${why}`)
  }
  const body = (await from.readBytes(stack)) ?? refuse(`it is no longer in ${from.kind}.`)
  const { serial, lineage } = parseState(body)
  const holder = await from.lockHolder(stack)
  if (holder) refuse(`it is locked by ${holder.holder}.`)

  const there = await to.readBytes(stack)
  if (there && Buffer.compare(there, body) === 0) return { serial, lineage, written: false }
  if (there) {
    const other = parseState(there)
    if (other.lineage !== lineage) refuse(`${to.kind} has one of another lineage, ${other.lineage}.`)
    if (other.serial >= serial) refuse(`${to.kind} has serial ${other.serial}, and ${from.kind} ${serial}.`)
  }
  await to.write(stack, body)

  const written = await to.readBytes(stack)
  if (!written || Buffer.compare(written, body) !== 0) refuse(`${to.kind} did not keep it as it is.`)
  return { serial, lineage, written: true }
}
