import { addressOf } from './aws/access.ts'
import { about, type Check } from './check.ts'

/** Seconds. AWS refuses signatures that are five minutes off. */
const [bad, worst] = [30, 240]

export const clock: Check = {
  subject: 'clock',
  async run(settings) {
    const { ok, warning, failed, unasked } = about('clock')
    if (settings.PLATFORM === 'local') return []
    const time = await timeOfAws(settings)
    if (time === undefined) return unasked('AWS does not answer', 'See what is said of AWS.')
    const off = Math.round(Math.abs(Date.now() - time) / 1000)
    const advice = 'Let NTP set the clock: AWS refuses what is signed with a wrong time.'
    if (off > worst) return failed(`it differs from that of AWS by ${off} s`, advice)
    return off > bad
      ? warning(`it differs from that of AWS by ${off} s`, advice)
      : ok('it agrees with that of AWS')
  },
}

/** Any answer has the time, also a refusal. */
async function timeOfAws(settings: Parameters<Check['run']>[0]): Promise<number | undefined> {
  try {
    const url = addressOf('elasticache', settings)
    const date = (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) })).headers.get('date')
    return date === null ? undefined : Date.parse(date)
  } catch {
    return undefined
  }
}
