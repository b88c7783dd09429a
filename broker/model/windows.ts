import { createHash } from 'node:crypto'

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
/** Minutes. */
const day = 24 * 60
const week = 7 * day
const shortest = 60

/** Minutes since Monday 00:00 UTC, or since 00:00 UTC of any day; `end` may lie beyond the week or the day. */
interface Window {
  start: number
  end: number
}

/** Such as 06:00-07:00: daily, UTC, at least an hour long. */
export function isSnapshotWindow(text: string): boolean {
  return daily(text) !== undefined
}

/** Such as sun:05:00-sun:06:00: weekly, UTC, at least an hour and at most a day long. */
export function isMaintenanceWindow(text: string): boolean {
  return weekly(text) !== undefined
}

/** AWS refuses windows that overlap; they may touch. Both are of the right form. */
export function windowsOverlap(snapshotWindow: string, maintenanceWindow: string): boolean {
  const [snapshot, maintenance] = [daily(snapshotWindow), weekly(maintenanceWindow)]
  if (!snapshot || !maintenance) return false
  // With the day before the week and those after it: windows reach over its ends.
  return Array.from({ length: 10 }, (_, i) => (i - 1) * day).some(
    (begin) => snapshot.start + begin < maintenance.end && maintenance.start < snapshot.end + begin,
  )
}

/**
 * One of the week's hours that do not overlap the snapshot window, always the same one for the same id. So the groups
 * of a plan are spread, and few of them fail over in one hour.
 */
export function spreadWindow(id: string, snapshotWindow: string): string {
  const hours = Array.from({ length: 7 * 24 }, (_, i) => `${hourOfWeek(i)}-${hourOfWeek(i + 1)}`)
  const free = hours.filter((window) => !windowsOverlap(snapshotWindow, window))
  const place = createHash('sha256').update(id).digest().readUInt32BE() % free.length
  return free[place] as string
}

function hourOfWeek(hour: number): string {
  const ofDay = String(hour % 24).padStart(2, '0')
  return `${days[Math.floor(hour / 24) % 7]}:${ofDay}:00`
}

function daily(text: string): Window | undefined {
  const times = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text)?.slice(1)
  if (!times) return undefined
  return windowOf(minutes(times.slice(0, 2)), minutes(times.slice(2)), day, day - 1)
}

function weekly(text: string): Window | undefined {
  const times = /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/.exec(text)?.slice(1)
  if (!times) return undefined
  return windowOf(minutes(times.slice(0, 3)), minutes(times.slice(3)), week, day)
}

function windowOf(
  start: number | undefined,
  end: number | undefined,
  cycle: number,
  longest: number,
): Window | undefined {
  if (start === undefined || end === undefined) return undefined
  const length = (end - start + cycle) % cycle
  return length < shortest || length > longest ? undefined : { start, end: start + length }
}

/** @param time hours and minutes, with a day of the week before them or not */
function minutes(time: string[]): number | undefined {
  const [minute, hour, dayName] = time.toReversed()
  const dayIndex = dayName === undefined ? 0 : days.indexOf(dayName)
  if (Number(hour) > 23 || Number(minute) > 59 || dayIndex < 0) return undefined
  return dayIndex * day + Number(hour) * 60 + Number(minute)
}
