import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'

/** One user, known by a name and a password, or by the one that the password takes the place of. */
export interface Login {
  username: string
  password: string
  /** Taken as well, while some still use it. */
  previousPassword?: string | undefined
}

/**
 * Characters of a password that others on the network can try. NIST wants 15 where a password is all that there
 * is (SP 800-63B-4); of 16 random ones nobody tries a noticeable part.
 */
const fewestCharacters = 16

/** Fewer different characters than this are a word typed again and again. */
const fewestDifferent = 5

/** Compares in a time that tells nothing of the secrets, not even their length. */
export function isLogin(login: Login, username: string, password: string): boolean {
  const given = digest(username, password)
  return digestsOf(login)
    .map((known) => timingSafeEqual(given, known))
    .includes(true)
}

const digests = new WeakMap<Login, Buffer[]>()

/** Made once for a login, which every request is compared with. */
function digestsOf(login: Login): Buffer[] {
  const known = digests.get(login) ?? passwordsOf(login).map(([, one]) => digest(login.username, one))
  digests.set(login, known)
  return known
}

/**
 * The faults of the logins that a program takes: a line each, which names the setting and quotes no value. Who
 * has one login must have none of another's: a platform that can sign in as an operator reads every state.
 * @param logins by the role that their settings begin with, such as `OPERATOR`; undefined where there is none
 * @param exposed whether others than this machine may try them
 */
export function weakLogins(logins: Record<string, Login | undefined>, exposed: boolean): string[] {
  const names = new Map<string, string>()
  const passwords = new Map<string, string>()
  const wrong: string[] = []
  const claim = (taken: Map<string, string>, value: string, setting: string) => {
    const other = taken.get(value)
    if (other) wrong.push(`${setting} must be another one than ${other}`)
    else taken.set(value, setting)
  }
  for (const [role, login] of Object.entries(logins)) {
    if (!login) continue
    claim(names, login.username, `${role}_USERNAME`)
    for (const [setting, password] of passwordsOf(login)) {
      claim(passwords, password, `${role}_${setting}`)
      if (exposed && isWeak(password)) wrong.push(`${role}_${setting} ${needed}`)
    }
  }
  return wrong
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

const needed = `must have at least ${fewestCharacters} characters, ${fewestDifferent} different ones among them, where others can reach it: openssl rand -base64 24 makes one`

/** Whether somebody who tries may find it. */
function isWeak(password: string): boolean {
  const characters = [...password]
  return characters.length < fewestCharacters || new Set(characters).size < fewestDifferent
}

function passwordsOf({ password, previousPassword }: Login): [setting: string, password: string][] {
  const previous = previousPassword === undefined ? [] : [previousPassword]
  return [['PASSWORD', password], ...previous.map((one): [string, string] => ['PASSWORD_PREVIOUS', one])]
}

function digest(username: string, password: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([username, password]))
    .digest()
}
