import type { Hono } from 'hono'
import type { Authenticated } from './access.ts'
import { createApp } from './app.ts'
import { importState, restoreVersion } from './changes.ts'
import { type Comparison, compareStates } from './compare.ts'
import { type Credentials, type GrantRequest, grant, revoke, revokeReads } from './grants.ts'
import { checkKeys } from './key-checks.ts'
import { holderOf, type LockHolder, unlock } from './locks.ts'
import type { OperatorAccess } from './logins/operator-access.ts'
import { migrate } from './migrate.ts'
import { reencrypt } from './reencrypt.ts'
import { findStack, listStacks, removeStack } from './stacks.ts'
import { DEFAULT_LIMITS, type Limits, type Store } from './store.ts'
import { parseState, type TerraformState } from './terraform-state.ts'
import { listVersions, readCurrent, readCurrentOfMany, readVersion, type Version } from './versions.ts'

export interface StateBackendOptions extends Pick<Store, 'db' | 'keyRing'> {
  /** Those that are left out are DEFAULT_LIMITS. */
  limits?: Partial<Limits>
  /** Nobody by default. */
  operatorAccess?: OperatorAccess
  log?: Store['log']
}

/**
 * The Terraform states of all stacks, in a PostgreSQL or PGlite database. `app` serves terraform; the methods
 * serve the program around it. Any number of processes may open the same PostgreSQL database.
 *
 * Methods that refuse throw a StateBackendError, and nothing was changed then.
 */
export class StateBackend {
  /** To be mounted at `/state`: a stack's state is then `/state/<stack>` and its lock `/state/<stack>/lock`. */
  readonly app: Hono<Authenticated>
  readonly #store: Store
  #operatorWrote: (stack: string) => void = () => {}

  private constructor(store: Store, operatorAccess: OperatorAccess) {
    this.#store = store
    this.app = createApp(store, operatorAccess, (stack) => this.#operatorWrote(stack))
  }

  /**
   * Brings the tables up to date and checks the key ring against what is stored.
   * @throws KeyRingError when the ring lacks a key that is in use, or has another key by its id
   */
  static async open({
    db,
    keyRing,
    limits,
    operatorAccess = () => undefined,
    log = silent,
  }: StateBackendOptions): Promise<StateBackend> {
    await migrate(db)
    await checkKeys({ db, keyRing })
    return new StateBackend({ db, keyRing, limits: { ...DEFAULT_LIMITS, ...limits }, log }, operatorAccess)
  }

  /** Has `listener` called after every state that an operator, and no attempt, has written here. */
  onOperatorWrite(listener: (stack: string) => void): void {
    this.#operatorWrote = listener
  }

  /**
   * Credentials for one attempt on one stack, for TF_HTTP_USERNAME and TF_HTTP_PASSWORD. A write grant ends the
   * stack's earlier write grants and frees a lock that they held. A read grant can't lock: `plan -lock=false`.
   */
  grant(request: GrantRequest): Promise<Credentials> {
    return grant(this.#store, request)
  }

  /** The attempt is over: when this returns, it can write nothing more. */
  revoke(attempt: string): Promise<void> {
    return revoke(this.#store, attempt)
  }

  /** All attempts to read whose names begin so are over. */
  revokeReads(beginning: string): Promise<void> {
    return revokeReads(this.#store, beginning)
  }

  /** The names of all stacks that have a state. */
  stacks(): Promise<string[]> {
    return listStacks(this.#store)
  }

  /** The current state; undefined when there is none. */
  async read(stack: string): Promise<TerraformState | undefined> {
    const bytes = await readCurrent(this.#store, stack)
    return bytes && parseState(bytes)
  }

  /** The current states of many stacks, by their names; those that there are not, or do not open, are left out. */
  async readMany(names: string[]): Promise<Map<string, TerraformState>> {
    const bodies = await readCurrentOfMany(this.#store, names)
    return new Map([...bodies].map(([stack, bytes]) => [stack, parseState(bytes)]))
  }

  /** The current state, byte for byte as it was written; undefined when there is none. */
  readBytes(stack: string): Promise<Uint8Array | undefined> {
    return readCurrent(this.#store, stack)
  }

  /**
   * Takes in a state from elsewhere, byte for byte, as the newest version. It must be of the same lineage and
   * have a higher serial, or be what is current already. Refused while the state is locked.
   */
  import(stack: string, body: Uint8Array, writer: string): Promise<void> {
    return importState(this.#store, stack, body, writer)
  }

  /** Forgets a stack: all its versions, its lock and its grants. */
  remove(stack: string): Promise<void> {
    return removeStack(this.#store, stack)
  }

  async lockHolder(stack: string): Promise<LockHolder | undefined> {
    const row = await findStack(this.#store, stack)
    return row && holderOf(row)
  }

  /**
   * Opens the lock of this id, whoever holds it, also an attempt that is at work. @param by for the log
   * @throws StateBackendError `locked` when there is another lock by now
   */
  unlock(stack: string, id: string, by: string): Promise<void> {
    return unlock(this.#store, stack, id, { name: by, access: 'write' }, true)
  }

  /** The versions that are kept, newest first. */
  versions(stack: string): Promise<Version[]> {
    return listVersions(this.#store, stack)
  }

  async version(stack: string, version: number): Promise<TerraformState> {
    return parseState(await readVersion(this.#store, stack, version))
  }

  /** The changes from one version to another. Secrets are hidden. */
  async compare(stack: string, before: number, after: number): Promise<Comparison> {
    return compareStates(await this.version(stack, before), await this.version(stack, after))
  }

  /** Makes an old version current again as a new one. Refused while the state is locked. */
  restore(stack: string, version: number, writer: string): Promise<Version> {
    return restoreVersion(this.#store, stack, version, writer)
  }

  /** Encrypts everything with the ring's first key, while in use. Returns how many versions that were. */
  reencrypt(progress?: (done: number, total: number) => void): Promise<number> {
    return reencrypt(this.#store, progress)
  }
}

const silent = { info() {}, warn() {}, error() {} }
