/** The values of tags that ElastiCache takes. */
const allowed = /^[A-Za-z0-9 _.:/=+\-@]{1,256}$/

/** AWS's own, in any case. */
const reserved = /^aws:/i

export function isTagValue(value: string): boolean {
  return allowed.test(value) && !reserved.test(value)
}

/**
 * The nearest value that ElastiCache takes: letters lose their accents, and what is left over becomes `_`. Different
 * values may give the same one, so that it proves nothing.
 */
export function tagValue(value: string): string {
  return value
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9 _.:/=+\-@]/gu, '_')
    .replace(reserved, 'aws_')
    .slice(0, 256)
}
