import type { StateLocation } from '../../stacks/state-location.ts'
import type { LockHolder, TerraformState } from '../../state-backend/index.ts'
import type { StateKind } from '../model/state-kind.ts'

export interface AccessRequest {
  stack: string
  /** Identifies the attempt: `<operation>/<number>`. */
  attempt: string
  /** `http` enforces that an access to read only reads; with the others it is a promise. */
  access: 'read' | 'write'
  /** The attempt in words for people. */
  holder: string
}

/** One attempt's access to the state of one stack. */
export interface StateAccess {
  /** The variables that terraform needs in its environment. Secret. */
  environment: Record<string, string>
  /** To be called when all processes of the attempt have ended. */
  end(): Promise<void>
}

/** Where the states of all stacks live. The same for the rest of the broker, wherever that is. */
export interface States {
  kind: StateKind
  /** The `backend` block of a stack's configuration. */
  location(stack: string): StateLocation
  /**
   * Grants access. One attempt at a time may write: what an earlier one left running must have ended, as far as
   * this process can see, and a lock that it left is opened.
   */
  access(request: AccessRequest): Promise<StateAccess>
  /** Ends all access to read of attempts whose names begin so: who had it has died. */
  endReads(beginning: string): Promise<void>
  /** The current state; undefined when there is none. */
  read(stack: string): Promise<TerraformState | undefined>
  /** Those of many stacks, by their names: what there is not, or can't be read, is left out. */
  readMany(stacks: string[]): Promise<Map<string, TerraformState>>
  /** A state, byte for byte. */
  readBytes(stack: string): Promise<Uint8Array | undefined>
  /** Forgets a stack. */
  remove(stack: string): Promise<void>
  lockHolder(stack: string): Promise<LockHolder | undefined>
  /**
   * Opens the lock of this id, whoever holds it. @param by for the log
   * @returns false when it has changed: another lock is not touched
   */
  unlock(stack: string, id: string, by: string): Promise<boolean>
  /** All stacks that have a state. */
  stacks(): Promise<string[]>
  /** Saves a state from elsewhere, byte for byte. That it may replace the one there has been checked before. */
  write(stack: string, body: Uint8Array): Promise<void>
  close(): Promise<void>
}
