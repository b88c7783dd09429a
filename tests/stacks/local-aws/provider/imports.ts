import { expect, test } from 'vitest'
import { withRedis } from '../../../support/redis.ts'
import { groupConfiguration, threeNodes } from '../group-configuration.ts'
import { machine } from './site.ts'

export function imports(): void {
  test('an import fills in everything but the token, and a rotation gives it a new one', async () => {
    const made = await machine.stack(groupConfiguration('adopted', threeNodes))
    await made.apply()
    const before = await made.attributes()

    const change = (auth_token_update_strategy: string) =>
      groupConfiguration(
        'adopted',
        { ...threeNodes, auth_token: 'a-token-known-to-the-plan', auth_token_update_strategy },
        { lifecycle: {} },
      )
    const adopter = await machine.stack(change('ROTATE'))
    expect(
      await adopter.terraform('import', 'aws_elasticache_replication_group.redis', 'adopted'),
    ).toMatchObject({
      ok: true,
    })
    const { auth_token, auth_token_update_strategy, apply_immediately, ...imported } =
      await adopter.attributes()
    expect(auth_token).toBe(null)
    const { auth_token: oldToken, ...rest } = before
    expect(rest).toMatchObject(imported)

    expect(await adopter.plan()).toMatchObject({ actions: ['update'], replacePaths: [] })
    expect(await adopter.apply()).toMatchObject({ ok: true })
    await adopter.configure(change('SET'))
    expect(await adopter.apply()).toMatchObject({ ok: true })
    const { hostname: host = '', password = '' } = await adopter.outputs()
    const ca = await machine.aws.caCertificate()
    expect(await withRedis({ host, password, ca }, (redis) => redis.sendCommand(['PING']))).toBe('PONG')
    await expect(
      withRedis({ host, password: String(oldToken), ca }, (redis) => redis.sendCommand(['PING'])),
    ).rejects.toThrow(/WRONGPASS/)
    await adopter.configure(groupConfiguration('adopted', threeNodes))
    expect(await adopter.plan()).toMatchObject({ actions: ['no-op'] })
  })

  test('an import of a group that is not there fails', async () => {
    const stack = await machine.stack(groupConfiguration('absent'))
    const { ok, text } = await stack.terraform('import', 'aws_elasticache_replication_group.redis', 'absent')
    expect(ok).toBe(false)
    expect(text).toContain('Cannot import non-existent remote object')
  })
}
