import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { Instance } from './instance.ts'
import { open, type Place, seal } from './sealed.ts'

/** The outputs of a deployed stack, which bindings are made of. Secret: they hold the password. */
export interface Outputs {
  hostname: string
  /** On plans with replicas. */
  readerHostname?: string
  port: number
  password: string
  engineVersion: string
}

/** The columns of an instance that hold its outputs. */
export type SealedOutputs = Pick<Instance, 'outputs' | 'outputsGeneration'>

/**
 * An instance's next outputs as they are stored: encrypted, and of no use in another instance's place or in that of
 * later ones.
 */
export function sealOutputs(keyRing: KeyRing, instance: Instance, outputs: Outputs): SealedOutputs {
  const next = { ...instance, outputsGeneration: instance.outputsGeneration + 1 }
  return { outputs: seal(keyRing, placeOf(next), outputs), outputsGeneration: next.outputsGeneration }
}

/** @returns undefined before the first deploy. */
export function openOutputs(keyRing: KeyRing, instance: Instance): Outputs | undefined {
  return instance.outputs ? open<Outputs>(keyRing, placeOf(instance), instance.outputs) : undefined
}

function placeOf({ stack, outputsGeneration: generation }: Instance): Place {
  return { kind: 'outputs', stack, generation }
}
