import { about, type Check, type Finding } from './check.ts'
import { checks } from './checks.ts'
import { settingsFrom } from './settings.ts'

/** All findings about an installation, as they come. */
export async function* examine(environment: NodeJS.ProcessEnv): AsyncGenerator<Finding> {
  const { settings, findings } = settingsFrom(environment)
  yield* findings
  if (!settings) return
  const amiss = new Set<string>()
  for (const check of checks) {
    if (check.needs !== undefined && amiss.has(check.needs)) continue
    const found = await run(check, async () => [await check.run(settings)].flat())
    if (found.some(({ verdict }) => verdict === 'failed' || verdict === 'unasked')) amiss.add(check.subject)
    yield* found
  }
}

/** A check that breaks says so, and the others go on. */
async function run({ subject }: Check, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check()
  } catch (error) {
    const advice = 'This was not expected: tell those who made the broker.'
    return [about(subject).failed((error as Error).message, advice)]
  }
}
