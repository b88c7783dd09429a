import { isDeepStrictEqual } from 'node:util'
import type { state } from '../support/state-client.ts'

type State = ReturnType<typeof state>

/** The rules of one stack in memory, one request at a time. What it answers are statuses of HTTP. */
export class Rules {
  lock: { id: string; by: string; attempt: boolean } | undefined
  current: State | undefined
  #known = false
  #version = 0
  #granted: string[] = []
  #live: string | undefined

  /** @returns whether the attempt gets it: not after a newer one */
  grant(attempt: string): boolean {
    if (this.#granted.some((other) => other > attempt)) return false
    this.#known = true
    this.#granted.push(attempt)
    this.#live = attempt
    if (this.lock?.attempt) this.lock = undefined
    return true
  }

  revoke(attempt: string): void {
    if (this.#live === attempt) this.#live = undefined
  }

  take(by: string, id: string): number {
    if (this.#isOver(by)) return 403
    this.#known = true
    if (this.lock) return this.lock.id === id ? 200 : 423
    this.lock = { id, by, attempt: by !== 'operator' }
    return 200
  }

  /** @param id none for any */
  give(by: string, id?: string): number {
    if (this.#isOver(by)) return 403
    if (!this.lock) return 200
    const any = id === undefined && by === 'operator'
    if (this.lock.id !== id && !any) return 423
    if (this.lock.attempt && this.lock.by !== by && this.lock.by === this.#live) return 423
    this.lock = undefined
    return 200
  }

  post(by: string, id: string, body: State): number {
    if (this.#isOver(by)) return 403
    if (!this.lock) return 428
    if (this.lock.id !== id) return 423
    if (this.current && this.current.lineage !== body.lineage) return 409
    if (this.current && this.current.serial >= body.serial) {
      return isDeepStrictEqual(this.current, body) ? 200 : 409
    }
    this.current = body
    this.#version++
    return 200
  }

  delete(by: string): number {
    if (this.#isOver(by)) return 403
    if (!this.#known) return 200
    if (!this.lock) return 428
    if (this.lock.by !== by) return 423
    this.current = undefined
    return 200
  }

  /** The numbers of the newest versions. */
  kept(most: number): number[] {
    return Array.from({ length: Math.min(most, this.#version) }, (_, index) => this.#version - index)
  }

  #isOver(by: string): boolean {
    return by !== 'operator' && by !== this.#live
  }
}
