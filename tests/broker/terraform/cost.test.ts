import { once } from 'node:events'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { peakMemory } from '../../../broker/terraform/cost.ts'

const holding = (megabytes: number) => `
  const held = Buffer.alloc(${megabytes} * 1024 * 1024, 1)
  console.log('ready')
  process.stdin.once('end', () => held).resume()`

const started = (script: string) =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}], { stdio: 'inherit' })`

const byAnotherThread = (script: string) =>
  `new (require('node:worker_threads').Worker)(${JSON.stringify(script)}, { eval: true })`

test('the memory of a run is also that of what is below it, whichever thread has started it', async () => {
  const parent = execa(process.execPath, ['-e', byAnotherThread(started(holding(200)))])
  onTestFinished(async () => {
    parent.stdin.end()
    await parent
  })
  await once(parent.stdout, 'data')
  const ended = new AbortController()
  const peak = peakMemory(parent.pid as number, ended.signal)
  ended.abort()
  expect(await peak).toBeGreaterThan(200)
})
