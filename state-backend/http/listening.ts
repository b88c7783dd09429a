import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Looks whether the port can be listened on, before anything takes its time. 0 is always free.
 * @throws Error that names the setting
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer()
  const listening = once(server, 'listening')
  server.listen(port, host)
  await listening.catch((error) => {
    throw listenFailure(error, host, port)
  })
  server.close()
  await once(server, 'close')
}

/** Why a server does not listen, as an error that names the setting. */
export function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(`Port ${port} is taken. Set PORT to a free one.`)
    case 'EACCES':
      return new Error(`This user may not listen on port ${port}. Set PORT to one above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(`HOST ${host} is no address of this machine. Set it to one.`)
    default:
      return error
  }
}
