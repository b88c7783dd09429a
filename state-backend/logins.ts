import { isIP } from 'node:net'
import type { Credentials } from './grants.ts'

/**
 * Characters of a password that others on the network can try. NIST wants 15 where a password is all that there
 * is (SP 800-63B-4); of 16 random ones nobody tries a noticeable part.
 */
const fewestCharacters = 16

/** Fewer different characters than this are a word typed again and again. */
const fewestDifferent = 5

/** Logins by the role that their settings begin with, such as `OPERATOR`; undefined where there is none. */
export type Logins = Record<string, Credentials | undefined>

/**
 * What is wrong with the logins that a program takes: a line each, which names the setting and quotes no value. Who
 * has one login must have none of another's: a platform that can sign in as an operator reads every state.
 * @param exposed whether others than this machine may try them
 */
export function weakLogins(logins: Logins, exposed: boolean): string[] {
  const given = Object.entries(logins).flatMap(([role, login]) => (login ? [{ role, login }] : []))
  return given.flatMap(({ role, login }, index) => [
    ...given
      .slice(0, index)
      .flatMap(({ role: other, login: taken }) => [
        ...(login.username === taken.username
          ? [`${role}_USERNAME must be another one than ${other}_USERNAME`]
          : []),
        ...(login.password === taken.password
          ? [`${role}_PASSWORD must be another one than ${other}_PASSWORD`]
          : []),
      ]),
    ...(exposed ? weakness(`${role}_PASSWORD`, login.password) : []),
  ])
}

function weakness(setting: string, password: string): string[] {
  const characters = [...password]
  if (characters.length >= fewestCharacters && new Set(characters).size >= fewestDifferent) return []
  return [
    `${setting} must have at least ${fewestCharacters} characters, ${fewestDifferent} different ones among them, where others can reach it: openssl rand -base64 24 makes one`,
  ]
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
