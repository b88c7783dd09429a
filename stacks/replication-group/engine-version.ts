/** The `engine_version` of a state: the full version for Redis 5, else as precise as configured. */
export function shownEngineVersion(actual: string, configured: string | null): string {
  const [major = '', minor = ''] = actual.split('.')
  if (Number(major) < 6) return actual
  return configured !== null && /^\d+\.x$/.test(configured) ? `${major}.x` : `${major}.${minor}`
}
