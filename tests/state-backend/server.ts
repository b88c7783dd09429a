import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { nodeFlags } from '../support/node.ts'

/** A state backend in a process of its own. */
export interface Server {
  url: string
  /** Speaks to it as `app.request` does. */
  app: { request(path: string, init?: RequestInit): Promise<Response> }
  process: ChildProcess
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Runs a program that serves states at `/state` on PORT, and waits until it does. */
export async function startServer(program: string, environment: Record<string, string>): Promise<Server> {
  const port = await freePort()
  const child = spawn(process.execPath, [...nodeFlags, program], {
    env: { ...process.env, PORT: String(port), ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stopWithUs = () => child.kill('SIGKILL')
  process.once('exit', stopWithUs)
  child.once('exit', () => process.off('exit', stopWithUs))
  const url = `http://127.0.0.1:${port}/state`
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    await sleep(20)
  }
  return {
    url,
    app: { request: (path, init) => fetch(`${url}${path}`, init) },
    process: child,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      return child.exitCode
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/any`).then(
    ({ status }) => status === 401,
    () => false,
  )
}
