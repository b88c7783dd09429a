import { Fault } from './faults.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const DAY = 24 * 60
const WEEK = 7 * DAY
const SHORTEST = 60

/** Two of each: whatever is given overlaps one of the others at most. */
const SNAPSHOT_DEFAULTS = ['03:00-04:00', '00:30-01:30']
const MAINTENANCE_DEFAULTS = ['sun:05:00-sun:06:00', 'sun:22:00-sun:23:00']

/** Minutes since Monday 00:00 (weekly) or 00:00 (daily), UTC; `end` may lie beyond the week or day. */
interface Window {
  start: number
  end: number
}

export interface Windows {
  snapshotWindow: string
  preferredMaintenanceWindow: string
}

/** Refuses windows that are malformed, shorter than 60 minutes or overlap. Touching is fine. */
export function checkWindows(windows: Windows): void {
  if (overlap(windows)) {
    throw new Fault(
      'InvalidParameterCombination',
      'The snapshot window and maintenance window must not overlap.',
    )
  }
}

/** Chooses a window that is not given so that it does not overlap the other one. */
export function chooseWindows(given: { [name in keyof Windows]?: string | undefined }): Windows {
  const snapshot = given.snapshotWindow
  const maintenance = given.preferredMaintenanceWindow?.toLowerCase()
  const choices = (snapshot ? [snapshot] : SNAPSHOT_DEFAULTS).flatMap((snapshotWindow) =>
    (maintenance ? [maintenance] : MAINTENANCE_DEFAULTS).map((preferredMaintenanceWindow) => ({
      snapshotWindow,
      preferredMaintenanceWindow,
    })),
  )
  const [first] = choices as [Windows]
  return choices.find((choice) => !overlap(choice)) ?? first
}

function overlap({ snapshotWindow, preferredMaintenanceWindow }: Windows): boolean {
  const daily = parse(snapshotWindow, /^(\d\d):(\d\d)-(\d\d):(\d\d)$/, 'snapshot window', DAY)
  const weekly = parse(
    preferredMaintenanceWindow,
    /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/,
    'preferred maintenance window',
    WEEK,
  )
  // The day before the week and the ones after it, for windows that reach over its ends.
  const days = Array.from({ length: 10 }, (_, i) => i - 1)
  return days.some((day) => daily.start + day * DAY < weekly.end && weekly.start < daily.end + day * DAY)
}

function parse(text: string, format: RegExp, name: string, cycle: number): Window {
  const parts = format.exec(text.toLowerCase())?.slice(1)
  const invalid = (reason: string) => new Fault('InvalidParameterValue', `Invalid ${name} ${text}: ${reason}`)
  if (!parts) throw invalid('it does not have the right format')
  const half = parts.length / 2
  const [start, end] = [minutes(parts.slice(0, half)), minutes(parts.slice(half))]
  if (start === undefined || end === undefined) throw invalid('there is no such time')
  const length = (end - start + cycle) % cycle
  if (length < SHORTEST) throw invalid(`it must be at least ${SHORTEST} minutes long`)
  if (cycle === WEEK && length > DAY) throw invalid('it must not be longer than 24 hours')
  return { start, end: start + length }
}

function minutes(parts: string[]): number | undefined {
  const [minute, hour, day] = parts.toReversed()
  const dayIndex = day === undefined ? 0 : DAYS.indexOf(day)
  if (Number(hour) > 23 || Number(minute) > 59 || dayIndex < 0) return undefined
  return dayIndex * DAY + Number(hour) * 60 + Number(minute)
}
