import { Fault } from './faults.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const DAY = 24 * 60
const WEEK = 7 * DAY
const SHORTEST = 60

/** Minutes since Monday 00:00 (weekly) or 00:00 (daily), UTC; `end` may lie beyond the week or day. */
interface Window {
  start: number
  end: number
}

/** Refuses windows that are malformed, shorter than 60 minutes or overlap. Touching is fine. */
export function checkWindows(snapshotWindow: string, maintenanceWindow: string): void {
  const daily = parse(snapshotWindow, /^(\d\d):(\d\d)-(\d\d):(\d\d)$/, 'snapshot window', DAY)
  const weekly = parse(
    maintenanceWindow,
    /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/,
    'preferred maintenance window',
    WEEK,
  )
  for (let day = -1; day <= 8; day++) {
    const [start, end] = [daily.start + day * DAY, daily.end + day * DAY]
    if (start < weekly.end && weekly.start < end) {
      throw new Fault(
        'InvalidParameterCombination',
        'The snapshot window and maintenance window must not overlap.',
      )
    }
  }
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
