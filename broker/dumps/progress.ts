/** How far something is. */
export interface Progress {
  done: number
  total: number
  unit: 'keys' | 'MB'
  /** Of what is done, what was there at the beginning. */
  before: number
}

export type Tell = (progress: Progress) => void

/** A line with the rate and the time that is left. @param seconds since the beginning */
export function lineOf({ done, total, unit, before }: Progress, seconds: number): string {
  const rate = (done - before) / Math.max(seconds, 0.001)
  const number = (value: number) => Math.round(value).toLocaleString('en-US')
  const left = total > done && rate > 0 ? `, ${duration((total - done) / rate)} left` : ''
  return `${number(done)} of ${number(Math.max(total, done))} ${unit}, ${number(rate)} a second${left}`
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
