import pMap from 'p-map'
import type { TerraformState } from '../../state-backend/index.ts'

/** Requests that are under way at a time. */
const atOnce = 8

/** Reads many states from a backend that gives one at a time. A state that can't be read is left out. */
export async function readEach(
  stacks: string[],
  read: (stack: string) => Promise<TerraformState | undefined>,
): Promise<Map<string, TerraformState>> {
  const found = new Map<string, TerraformState>()
  await pMap(
    stacks,
    async (stack) => {
      const state = await read(stack).catch(() => undefined)
      if (state) found.set(stack, state)
    },
    { concurrency: atOnce },
  )
  return found
}
