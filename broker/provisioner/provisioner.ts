import type { AuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import type { Outputs } from '../instances/outputs.ts'
import type { EngineVersion } from '../model/engine-versions.ts'
import type { OperationTarget, SnapshotStep } from '../model/operation.ts'

/** One try at an operation by one broker process. */
export interface Attempt {
  operationId: string
  number: number
  /** Aborted when this process must stop working on the operation: children are ended, nothing is written. */
  signal: AbortSignal
  /** The instance's tokens as they were last saved. */
  readonly tokens: AuthTokens
  /** Saves them, encrypted. Refused for an attempt that is over. */
  saveTokens(tokens: AuthTokens): Promise<void>
  /** Tells users and operators what is being done now. */
  phase(description: string): Promise<void>
  /** Tells operators what a program has printed. Without secrets. */
  log(text: string): Promise<void>
}

/**
 * The interface between the Open Service Broker API and Terraform. All verbs may be repeated after a crash
 * at any point and then end in the same state as an undisturbed run.
 *
 * @throws ProvisionFailure for everything that users or operators can do something about.
 */
export interface Provisioner {
  apply(instance: Instance, target: OperationTarget, attempt: Attempt): Promise<Outputs>
  destroy(instance: Instance, attempt: Attempt): Promise<void>
  /** Takes or deletes a snapshot; the instance stays as it is. */
  changeSnapshots(instance: Instance, step: SnapshotStep, attempt: Attempt): Promise<void>
  /** Drops what the broker knows of an instance, its state included. Its Redis stays as it is. */
  forget(instance: Instance, attempt: Attempt): Promise<void>
  /** How AWS has the group of an instance, unless AWS is busy with it or it is gone. */
  observe(instance: Instance): Promise<Observation | 'busy' | 'gone'>
  /** Whether there is a Redis that applications can use, whatever an operation has come to. */
  isUsable(instance: Instance): Promise<boolean>
  /**
   * Clears away what a crash has left of stacks that no operation is in progress for.
   * @param isWorkedOn asked for each of them, as late as possible: another broker process may have the same
   * data directory, and its operation is saved before its work directory is made
   */
  tidy(isWorkedOn: (stack: string) => Promise<boolean>): Promise<void>
}

/** An instance's group as AWS tells it, whatever the broker has asked for. */
export interface Observation {
  /** Absent where it is none that the broker knows. */
  engineVersion?: EngineVersion
  nodeType: string
  nodes: number
  /** When its token was last changed: ISO 8601. */
  tokenChangedAt: string | null
}
