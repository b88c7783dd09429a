import { readPlans } from '../../catalog/plans.ts'
import { readSettings } from '../../settings/read.ts'
import { type Settings, SettingsError } from '../../settings/settings.ts'
import { unknownSettings } from '../../settings/unknown.ts'
import { settingsWarnings } from '../../settings/warnings.ts'
import { about, type Check, type Finding } from './check.ts'
import { existingKeyRing } from './key-ring.ts'

const { ok, warning, failed } = about('settings')

/** All else needs them. */
export function settingsFrom(environment: NodeJS.ProcessEnv): { settings?: Settings; findings: Finding[] } {
  const unknown = unknownSettings(environment).map((message) =>
    warning(message, 'Correct it or take it out.'),
  )
  try {
    const settings = readSettings(environment)
    const plans = plansAmiss(settings)
    if (plans) return { findings: [plans, ...unknown] }
    return { settings, findings: [ok(`they fit together, for PLATFORM=${settings.PLATFORM}`), ...unknown] }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const wrong = error.message.split('\n').map((line) => failed(line, 'See docs/operators.md, Settings.'))
    return { findings: [...wrong, ...unknown] }
  }
}

function plansAmiss(settings: Settings): Finding | undefined {
  try {
    readPlans(settings)
    return undefined
  } catch (error) {
    return failed((error as Error).message, 'See docs/operators-plans.md.')
  }
}

/** Settings that are dangerous and may be meant. */
export const dangerousSettings: Check = {
  subject: 'settings',
  async run(settings) {
    const keys = await existingKeyRing(settings)
    const found = keys ? settingsWarnings(settings, keys) : []
    return found.map(({ setting, message }) =>
      warning(`${setting}: ${message}`, 'Change it, unless it is meant.'),
    )
  },
}
