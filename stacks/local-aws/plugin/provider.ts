import type { Diagnostic } from './diagnostics.ts'
import type { Schema } from './schema.ts'
import type { ObjectValue } from './values.ts'

/** A provider that the plugin serves. An error thrown anywhere becomes an error diagnostic for the user. */
export interface Provider {
  schema: Schema
  resources: Record<string, Resource>
  configure(config: ObjectValue): void
  /** Terraform was interrupted: end running waits soon, with an error. */
  stop(): void
}

export interface Resource {
  schema: Schema
  /** Checks a configuration that may hold unknown values. */
  validate(config: ObjectValue): Diagnostic[]
  /** Brings a state saved under an older schema version up to date; `state` comes from the state's JSON. */
  upgrade(version: number, state: ObjectValue): ObjectValue
  /** Null: the object is gone. */
  read(state: ObjectValue): Promise<ObjectValue | null>
  plan(change: PlanRequest): Plan
  apply(change: ApplyRequest): Promise<Applied>
  /** A state with just enough in it for `read` to fill in the rest. */
  import(id: string): ObjectValue
}

export interface PlanRequest {
  /** Null on create. */
  prior: ObjectValue | null
  /** Terraform's own merge of configuration and prior state. */
  proposed: ObjectValue
  config: ObjectValue
}

export interface Plan {
  planned: ObjectValue
  /** Attributes whose change needs a new object. */
  requiresReplace: string[]
}

export interface ApplyRequest {
  /** Null on create. */
  prior: ObjectValue | null
  /** Null on delete. */
  planned: ObjectValue | null
  config: ObjectValue | null
}

export interface Applied {
  /** Null: the object does not exist (any more). */
  state: ObjectValue | null
  /** The apply failed but left `state` behind; on a create Terraform then keeps it as tainted. */
  error?: unknown
}
