import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stackDirectory } from '../../stacks/render.ts'
import type { TerraformState } from '../../state-backend/index.ts'
import { endProcesses, stopGraceSeconds } from './processes.ts'

/**
 * Where terraform runs, a directory for each stack. One is there while an attempt works in it, and after a
 * crash; what it may hold that is worth keeping is a state that terraform could not save. Several broker processes
 * may share the root, and an attempt that has lost its turn may not know it yet: it leaves alone what is
 * its successor's.
 */
export class WorkDirectories {
  readonly #root: string
  /** The attempts of this process by their stacks. */
  readonly #inUse = new Map<string, string>()

  constructor(dataDirectory: string) {
    this.#root = join(dataDirectory, 'work')
  }

  path(stack: string): string {
    return join(this.#root, stack)
  }

  /** Where terraform leaves a state that it could not write at its end. It holds secrets. */
  erroredState(stack: string): string {
    return join(stackDirectory(this.path(stack), stack), 'errored.tfstate')
  }

  /**
   * The content of that file; undefined without one.
   * @throws when the file can't be read: it may be the only copy
   */
  async readErroredState(stack: string): Promise<string | undefined> {
    const file = this.erroredState(stack)
    return existsSync(file) ? readFile(file, 'utf8') : undefined
  }

  /**
   * Makes the directory the attempt's own, and ends everything that runs on it.
   * @param attempt `<operation>/<number>`
   * @returns how many processes of an earlier attempt had to be ended
   */
  async open(stack: string, attempt: string): Promise<number> {
    this.#inUse.set(stack, attempt)
    await mkdir(this.path(stack), { recursive: true, mode: 0o700 })
    await writeFile(this.#note(stack), attempt)
    const ended = await endProcesses(this.path(stack), stopGraceSeconds)
    // The mirror is the broker's own and the version is pinned: checksums of an earlier one would only be in the way.
    await rm(join(stackDirectory(this.path(stack), stack), '.terraform.lock.hcl'), { force: true })
    return ended
  }

  /** Ends what is left of the attempt, and removes the directory unless another attempt has it by now. */
  async close(stack: string, attempt: string): Promise<void> {
    try {
      // A child that has not ended by now is one that was told to stop.
      await endProcesses(this.path(stack), stopGraceSeconds, attempt)
      const isOwn = (await this.#owner(stack)) === attempt
      if (isOwn && !existsSync(this.erroredState(stack))) await this.#remove(stack)
    } finally {
      if (this.#inUse.get(stack) === attempt) this.#inUse.delete(stack)
    }
  }

  /**
   * Ends and removes what a crash has left: another process may have taken the operation over since, on
   * another machine.
   * @param isNeeded whether an operation is in progress, or a state may still have to be saved
   * @throws the first error, when the others are tidied
   */
  async tidy(isNeeded: (stack: string) => Promise<boolean>): Promise<void> {
    const errors: unknown[] = []
    for (const stack of existsSync(this.#root) ? await readdir(this.#root) : []) {
      await this.#tidyOne(stack, isNeeded).catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }

  async #tidyOne(stack: string, isNeeded: (stack: string) => Promise<boolean>): Promise<void> {
    if ((await isNeeded(stack)) || this.#inUse.has(stack)) return
    await endProcesses(this.path(stack), stopGraceSeconds)
    // That may have taken a while.
    if (!(await isNeeded(stack)) && !this.#inUse.has(stack)) await this.#remove(stack)
  }

  /** Where it is noted whose the directory is. */
  #note(stack: string): string {
    return join(this.path(stack), 'attempt')
  }

  async #owner(stack: string): Promise<string | undefined> {
    return readFile(this.#note(stack), 'utf8').catch(() => undefined)
  }

  #remove(stack: string): Promise<void> {
    return rm(this.path(stack), { recursive: true, force: true, maxRetries: 3 })
  }
}

/**
 * Whether a state that could not be saved goes on from the saved one. It does not when another attempt has
 * been at work since; what it says of AWS is outdated then.
 */
export function isSuccessor(text: string, saved: TerraformState | undefined): boolean {
  const unsaved = whole(text)
  if (!unsaved) return false
  return !saved || (unsaved.lineage === saved.lineage && unsaved.serial > saved.serial)
}

/** The state in a text; undefined when terraform was killed while it wrote it. */
function whole(text: string): Pick<TerraformState, 'lineage' | 'serial'> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
