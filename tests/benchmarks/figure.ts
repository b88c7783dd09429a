import type { OnPostgres } from './on-postgres.ts'

/** One thing that was measured, several times. */
export interface Figure {
  /** The thing measured, such as `bind, p50 / bare Hono with an INSERT`. */
  name: string
  /** Of the values: `ratio`, `ms`, `MB`, `CPU s`, `requests/s`. */
  unit: string
  values: number[]
  /** The value that it should have, such as `<= 2`. */
  goal?: string
}

export interface BenchmarkOptions {
  /** Only to see that it works: as little of everything as is possible. */
  short: boolean
  /** Whoever opens it closes it. */
  onPostgres(): Promise<OnPostgres>
  /** Tells people what is being done. */
  print(line: string): void
}

export interface Benchmark {
  name: string
  run(options: BenchmarkOptions): Promise<Figure[]>
}

export interface Summary {
  minimum: number
  median: number
  maximum: number
}

export function summary(values: number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
  return { minimum: at(0), median: at(0.5), maximum: at(1) }
}

/** The ratios of pairs that were measured one right after the other, so that both had the same machine. */
export function ratios(ours: number[], others: number[]): number[] {
  return ours.map((value, index) => value / (others[index] ?? Number.NaN))
}
