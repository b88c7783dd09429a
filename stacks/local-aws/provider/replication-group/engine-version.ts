/** Compares versions as the provider does, where `6.x` is newer than any 6.y. */
export function isDowngrade(from: string, to: string, actual: string): boolean {
  // A group that follows the newest 6 is compared by what it runs, and without the patch level.
  const [old, next] = /^\d+\.x$/.test(from)
    ? [parse(actual).slice(0, 2), parse(to).slice(0, 2)]
    : [parse(from), parse(to)]
  return olderThan(next, old)
}

export function isOlderThan(version: string, limit: string): boolean {
  return olderThan(parse(version), parse(limit))
}

function parse(version: string): number[] {
  return version.split('.').map((part) => (part === 'x' ? Number.POSITIVE_INFINITY : Number(part)))
}

function olderThan(a: number[], b: number[]): boolean {
  const differing = [0, 1, 2].find((i) => (a[i] ?? 0) !== (b[i] ?? 0))
  return differing !== undefined && (a[differing] ?? 0) < (b[differing] ?? 0)
}
