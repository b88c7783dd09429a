import type { Socket } from 'node:net'

/** One command to a node: its name and arguments. */
export type Command = (...words: string[]) => Promise<string>

/**
 * Redis' protocol (RESP 2) on a connection of its own, as far as this service uses it: one command at a time, whose
 * reply is a text or a number. A client library brings every command that there is, 0.17 CPU s in each provider
 * that makes a group, for the six of them that are sent here.
 */
export function commandsOn(socket: Socket): Command {
  const replies = repliesFrom(socket)
  return async (...words) => {
    socket.write(`*${words.length}\r\n${words.map(bulkString).join('')}`)
    const { value: reply, done } = await replies.next()
    if (done) throw new Error('The connection was closed.')
    if (reply.startsWith('-')) throw new Error(reply.slice(1))
    return reply.slice(1)
  }
}

function bulkString(word: string): string {
  return `$${Buffer.byteLength(word)}\r\n${word}\r\n`
}

/** Each reply with the character of its type; a bulk string without its length. */
async function* repliesFrom(socket: Socket): AsyncGenerator<string, undefined> {
  let received = ''
  // Lengths count bytes: in Latin-1, each is a character.
  for await (const chunk of socket.setEncoding('latin1')) {
    received += chunk
    for (let reply = firstOf(received); reply !== undefined; reply = firstOf(received)) {
      received = received.slice(reply.length)
      const text = reply.startsWith('$') ? reply.replace(/.*\r\n/, '$$') : reply
      yield Buffer.from(text.slice(0, -2), 'latin1').toString()
    }
  }
  return undefined
}

/** Undefined until all of it is here. No command that is sent has no answer (`$-1`), or a list. */
function firstOf(received: string): string | undefined {
  const [line, size] = /^(?:\$(\d+)|.*)\r\n/.exec(received) ?? []
  if (line === undefined) return undefined
  const length = line.length + (size === undefined ? 0 : Number(size) + 2)
  return received.length < length ? undefined : received.slice(0, length)
}
