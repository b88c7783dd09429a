import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TerraformState } from '../../../state-backend/index.ts'
import type { BesideGroup } from './beside-group.ts'

/** Everything that AWS lets one change of something, by what it is. */
export type Changes = Record<string, () => unknown>

/** Tests that the look sees what a plan sees. Before each of them all is as a deploy has made it. */
export function looksAsPlansDo(beside: () => BesideGroup, changes: Changes, restore: () => void): void {
  test('what nobody has touched needs no plan, and a plan would find nothing', async () => {
    expect(await beside().look()).toBeUndefined()
    expect(await beside().planned()).toEqual([])
  })

  test.each(Object.keys(changes))('%s: the look sees it, and so does a plan', async (change) => {
    await changes[change]?.()
    expect(await beside().look()).toBeDefined()
    expect(await beside().planned()).not.toEqual([])
  })

  test('where the look says that nothing has changed, a plan finds nothing, whatever was changed with what', async () => {
    const names = fc.uniqueArray(fc.constantFrom(...Object.keys(changes)), { minLength: 1, maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(names, async (chosen) => {
        restore()
        for (const change of chosen) await changes[change]?.()
        if ((await beside().look()) === undefined) expect(await beside().planned()).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test.each<[string, () => TerraformState]>([
    ['one that is tainted', () => beside().state(beside().before, { status: 'tainted' })],
    ['one that another one has replaced', () => beside().state(beside().before, { deposed: 'abcd1234' })],
    ['an attribute that is not known here', () => beside().state({ ...beside().before, colour: 'red' })],
    ['one of which AWS does not tell', () => beside().state({ ...beside().before, id: 'another' })],
  ])('%s gets a plan', async (_name, state) => {
    expect(await beside().look(state())).toBeDefined()
  })
}
