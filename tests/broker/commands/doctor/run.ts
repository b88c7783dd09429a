import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { runCommand } from '../../../support/program.ts'

interface Finding {
  subject: string
  verdict: string
  message: string
  advice?: string
}

/** A home without anything in it. */
export let directory: string

/** Makes it for the tests of a file. */
export function makeHome(): void {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'doctor-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))
}

/** Its findings under these settings. */
export async function doctor(settings: Record<string, string>, url = 'http://127.0.0.1:9') {
  const environment = { HOME: directory, DATA_DIR: join(directory, 'none'), ...settings }
  const { code, stdout, stderr } = await runCommand(['doctor', '--json'], { url }, environment)
  expect(stderr).toBe('')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return {
    code,
    of: (subject: string) => findings.filter((one) => one.subject === subject),
    failed: findings.filter((one) => one.verdict === 'failed'),
  }
}

export const verdict = (value: string, message: unknown) =>
  expect.objectContaining({ verdict: value, message })
export const saying = (text: string) => expect.stringContaining(text)
