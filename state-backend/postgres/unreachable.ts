import { causeOf } from './cause.ts'

/**
 * An error of whoever answers at the address of a setting, or does not, with the setting's name and what to do. Of
 * the address it tells the host only: it may hold a password.
 * @param what such as `database`
 */
export function unreachable(setting: string, what: string, address: string, error: unknown): Error {
  const cause = causeOf(error instanceof Error ? error : new Error(String(error)))
  const host = URL.canParse(address) ? new URL(address).host : ''
  const place = host ? ` at ${host}` : ''
  const { code } = cause as NodeJS.ErrnoException
  const message = `The ${what}${place} of ${setting} can't be used (${cause.message}). Start it, or correct ${setting}.`
  return Object.assign(new Error(message, { cause }), code === undefined ? {} : { code })
}
