import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Site, sessions } from './site.ts'

export function refusedRequests({ request }: Site): void {
  describe('a request that can not be right is refused, with words for it', () => {
    const adoption = {
      group: 'legacy',
      instance: randomUUID(),
      plan: 'redis-dev',
      engineVersion: '6.2',
      organization: 'o',
      space: 's',
    }
    const tooLong = '9'.repeat(11)

    test.each([
      { what: 'a huge body', status: 413, method: 'POST', path: '/adoptions', body: 'x'.repeat(1_000_001) },
      { what: 'a NUL', status: 400, method: 'POST', path: '/adoptions', body: { ...adoption, name: 'a\0' } },
      {
        what: 'half a pair',
        status: 400,
        method: 'POST',
        path: '/adoptions',
        body: { ...adoption, space: '\ud800' },
      },
      { what: 'a NUL in a stack', status: 400, method: 'GET', path: '/stacks?name=%00' },
      { what: 'a NUL in a group', status: 400, method: 'DELETE', path: '/orphans?group=%00' },
      {
        what: 'half a pair in a reason',
        status: 400,
        method: 'POST',
        path: '/pause',
        body: { reason: '\ud800' },
      },
      { what: 'a list for a pause', status: 400, method: 'POST', path: '/pause', body: [] },
      { what: 'a list for a sweep', status: 400, method: 'POST', path: '/drift', body: [] },
      { what: 'a list for an adoption', status: 400, method: 'POST', path: '/adoptions', body: [] },
      { what: 'a version', status: 400, method: 'GET', path: `/states/${sessions}/versions/${tooLong}` },
      {
        what: 'a version to compare',
        status: 400,
        method: 'GET',
        path: `/states/${sessions}/compare/1/${tooLong}`,
      },
      {
        what: 'a version to restore',
        status: 400,
        method: 'POST',
        path: `/states/${sessions}/restore/${tooLong}`,
      },
      { what: 'a page after no instance', status: 400, method: 'GET', path: '/instances?after=xyz' },
      {
        what: 'a page after no operation',
        status: 400,
        method: 'GET',
        path: `/instances/${sessions}/operations?after=foo`,
      },
      { what: 'a NUL in the path', status: 404, method: 'GET', path: '/instances/%00/operations' },
    ])('$what: $status', async ({ status, method, path, body }) => {
      const answer = await request(method, `/operator${path}`, body)
      expect(answer).toMatchObject({ status, body: { error: expect.any(String) } })
    })
  })
}
