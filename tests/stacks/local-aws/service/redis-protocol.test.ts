import { connect } from 'node:net'
import { onTestFinished, test } from 'vitest'
import { type Command, commandsOn } from '../../../../stacks/local-aws/service/redis-protocol.ts'
import { startRedis } from '../../../support/redis-server.ts'

async function connected(): Promise<Command> {
  const { port, use } = await startRedis()
  await use((redis) => redis.set('before', 'ä'.repeat(200_000)))
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => {
    socket.destroy()
  })
  const command = commandsOn(socket)
  await command('AUTH', 'the-password-of-redis')
  return command
}

test('a reply is a status, a number or a text, however many packets it takes', async ({ expect }) => {
  const command = await connected()
  expect(await command('PING')).toBe('PONG')
  expect(await command('SET', 'a key', 'of\r\ntwo lines, ü')).toBe('OK')
  expect(await command('GET', 'a key')).toBe('of\r\ntwo lines, ü')
  expect(await command('STRLEN', 'before')).toBe('400000')
  expect(await command('GET', 'before')).toBe('ä'.repeat(200_000))
  expect(await command('SET', 'a key', '')).toBe('OK')
  expect(await command('GET', 'a key')).toBe('')
})

test('a refusal is an error with the words of Redis, and the connection goes on', async ({ expect }) => {
  const command = await connected()
  await expect(command('NOTHING', 'LIKE', 'IT')).rejects.toThrow(/^ERR unknown command/)
  expect(await command('PING')).toBe('PONG')
})

test('a command on a connection that ends is an error', async ({ expect }) => {
  const command = await connected()
  expect(await command('QUIT')).toBe('OK')
  await expect(command('PING')).rejects.toThrow('The connection was closed.')
})
