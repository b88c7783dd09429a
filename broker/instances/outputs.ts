import type { KeyRing } from '../../state-backend/index.ts'
import type { Instance } from './instance.ts'

/** What a deployed instance offers to its bindings. Secret: it holds the password. */
export interface Outputs {
  hostname: string
  /** On plans with replicas. */
  readerHostname?: string
  port: number
  password: string
  engineVersion: string
}

/** An instance's outputs as they are stored: encrypted, and of no use in another instance's place. */
export function sealOutputs(keyRing: KeyRing, instance: Instance, outputs: Outputs): Uint8Array {
  return keyRing.encrypt(new TextEncoder().encode(JSON.stringify(outputs)), associatedData(instance))
}

/** @returns undefined before the first deploy. */
export function openOutputs(keyRing: KeyRing, instance: Instance): Outputs | undefined {
  if (!instance.outputs) return undefined
  return JSON.parse(new TextDecoder().decode(keyRing.decrypt(instance.outputs, associatedData(instance))))
}

function associatedData({ stack }: Instance): string {
  return `outputs of ${stack}`
}
