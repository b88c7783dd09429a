import { afterAll, beforeAll } from 'vitest'
import { type Machine, openMachine } from '../machine.ts'

/** The one that all tests of the provider use, each with groups of its own, with a plugin that keeps running. */
export let machine: Machine
beforeAll(async () => {
  machine = await openMachine()
  await machine.attach()
})
afterAll(() => machine?.remove())
