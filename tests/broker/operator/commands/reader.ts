import { describe, expect, test } from 'vitest'
import { type Site, sessions } from './site.ts'

export function reader({ broker }: Site): void {
  describe('a login that may only look', () => {
    const asked = async (method: string, path: string, login = 'auditor:only-looks') =>
      (await broker().request(method, path, { login })).status

    test.each([
      ['GET', () => '/operator/instances'],
      ['GET', () => `/operator/instances/${sessions}`],
      ['GET', () => `/operator/instances/${sessions}/log`],
      ['GET', () => '/operator/stacks'],
      ['GET', () => '/operator/metrics'],
      ['GET', () => `/operator/states/${sessions}/versions`],
      ['GET', () => `/state/${sessions}`],
    ])('looks: %s %s', async (method, path) => {
      expect(await asked(method, path())).toBe(200)
      expect(await asked(method, path(), 'auditor:guess')).toBe(401)
    })

    test.each([
      ['POST', () => '/operator/drift'],
      ['POST', () => '/operator/states/reencrypt'],
      ['POST', () => `/operator/states/${sessions}/restore/1`],
      ['POST', () => `/operator/instances/${sessions}/unlock`],
      ['POST', () => `/operator/instances/${sessions}/forget`],
      ['LOCK', () => `/state/${sessions}/lock`],
      ['POST', () => `/state/${sessions}`],
      ['DELETE', () => `/state/${sessions}`],
      // The whole state, with the password.
      ['GET', () => `/operator/states/${sessions}/versions/1`],
    ])('changes nothing and prints no whole state: %s %s', async (method, path) => {
      expect(await asked(method, path())).toBe(403)
    })
  })
}
