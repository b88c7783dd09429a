import { createClient } from 'redis'
import { beforeAll, describe, expect, test } from 'vitest'
import { instancePath } from '../../../support/broker.ts'
import { runCommand } from '../../../support/program.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import {
  bound,
  broker,
  described,
  fetched,
  fresh,
  id,
  instance,
  ping,
  type Rotation,
  rotate,
  rotated,
  settled,
} from './site.ts'

export function bothWork(): void {
  describe('a rotation', () => {
    let rotation: Rotation
    /** The answer to a client that was connected all the time. */
    let written: string | null
    let ended: boolean
    beforeAll(async () => {
      await settled()
      const { hostname: host, port, ca_certificate: ca, password } = await bound('connected')
      const client = createClient({ password, socket: { host, port: Number(port), tls: true, ca: ca ?? '' } })
      client.on('error', () => {})
      await client.connect()
      let hasEnded = false
      client.on('end', () => {
        hasEnded = true
      })
      rotation = await rotated()
      written = await client.set('written', 'by the old credentials')
      ended = hasEnded
      client.destroy()
    })

    test('keeps every client connected, and gives new bindings new credentials', async () => {
      const { status, old, renewed } = rotation
      expect(status).toBe(202)
      expect(written).toBe('OK')
      expect(ended).toBe(false)
      expect(renewed).toEqual({ ...old, password: renewed.password, uri: renewed.uri })
      expect(renewed.password).not.toBe(old.password)
      expect(await ping(renewed)).toBe('PONG')
      expect(await ping(old)).toBe('PONG')
    })

    test('leaves an older binding what it was given, as long as that works', async () => {
      const { names, old } = rotation
      expect(await fetched(names.old)).toEqual(old)
      expect((await broker().bind(id, names.old)).body.credentials).toEqual(old)
    })

    test('tells where it stands, and since when', async () => {
      const words =
        /New credentials are ready.* The last credentials from before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC still work(.*?):/
      // Those of the creation are the oldest ones.
      const older = rotation.old.password === fresh().first.password ? '' : ', any older ones do not'
      expect(words.exec(await described())?.[1]).toBe(older)
      expect((await instance()).parameters).toMatchObject({
        engineVersion: '6.2',
        credentialsRotation: { rotatedAt: expect.any(String), oldCredentials: 'still work' },
      })
      const { stdout } = await runCommand(['show', id], broker())
      expect(stdout).toMatch(/credentials {3}rotated \S+ \S+ UTC, the ones before still work/)
    })

    test('rides on the rotation of a binding, which needs neither service nor plan', async () => {
      const { names, old, renewed } = rotation
      const body = { predecessor_binding_id: names.old }
      const path = `${instancePath(id)}/service_bindings/successor`
      const { status, body: answer } = await broker().request('PUT', path, { body })
      expect(status).toBe(201)
      expect(answer.credentials).toEqual(renewed)
      expect(await fetched(names.old)).toEqual(old)
      expect((await broker().request('PUT', path, { body })).status).toBe(200)
      const unknown = await broker().bind(id, 'other', 'redis-dev', { predecessor_binding_id: 'nobody' })
      expectRefusal(unknown, 400)
    })

    test('is not followed by another one, which would end credentials that nobody has retired', async () => {
      const answer = await rotate()
      expectRefusal(answer, 400)
      expect(answer.body.description).toMatch(/still work.*retireOldCredentials.*force/)
      const command = await runCommand(['rotate', id], broker())
      expect(command).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
      expect(await ping(rotation.old)).toBe('PONG')
    })
  })
}
