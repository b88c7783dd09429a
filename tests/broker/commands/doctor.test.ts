import { statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { dataDirectory } from '../../../broker/commands/doctor/machine.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { makeCertificate } from '../../../stacks/local-aws/certificates.ts'
import { freePort } from '../../support/free-port.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { queryApi } from '../../support/query-api.ts'
import { sharedBroker } from '../../support/shared-broker.ts'
import { directory, doctor, makeHome, saying, verdict } from './doctor/run.ts'

makeHome()

test('wrong settings are named, and nothing else is looked at', async () => {
  const { code, of } = await doctor({ PORT: 'x', OPERATOR_PASWORD: 'y' })
  expect(code).toBe(1)
  expect(of('settings')).toEqual([
    verdict('failed', 'PORT must be a whole number from 0 to 65535'),
    verdict('warning', saying('Did you mean OPERATOR_PASSWORD?')),
  ])
  expect(of('Node')).toEqual([])
})

test('a DATA_DIR that can not become one fails', () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  const settings = readSettings({ DATA_DIR: join(file, 'data') })
  const advice = expect.stringContaining('Set DATA_DIR')
  expect(dataDirectory.run(settings)).toMatchObject({
    verdict: 'failed',
    message: `${file} is no directory`,
    advice,
  })
})

test('a certificate that nobody trusts', async () => {
  const certificate = await makeCertificate({
    commonName: 'localhost',
    authority: true,
    ipAddresses: ['127.0.0.1'],
  })
  const api = await queryApi({}, certificate)
  onTestFinished(() => api.close())
  const { of } = await doctor({ STATE_URL: api.url })
  expect(of('certificate')).toEqual([verdict('failed', saying('is not trusted'))])
})

describe('of a PostgreSQL', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  test('version, rights, latency and tables are told', async () => {
    const { of } = await doctor({ DATABASE_URL: postgres.url })
    expect(of('database')).toEqual([
      verdict('ok', expect.stringMatching(/^PostgreSQL \d+/)),
      verdict('ok', 'the role may make schemas'),
      verdict('ok', expect.stringMatching(/^a query takes \d+ ms$/)),
      expect.objectContaining({ message: expect.stringMatching(/^it takes \d+ connections$/) }),
      verdict('warning', 'its tables are not there yet'),
    ])
  })

  test('one that does not answer is a failure', async () => {
    const { code, of } = await doctor({ DATABASE_URL: 'postgresql://nobody:secret@127.0.0.1:9/none' })
    expect(code).toBe(1)
    expect(of('database')).toEqual([verdict('failed', expect.not.stringContaining('secret'))])
  })
})

const conditionOfThisVersion = [
  verdict('ok', expect.stringMatching(/^PostgreSQL \d+/)),
  verdict('ok', 'its tables are those of this version'),
]

describe('of a broker on one machine', () => {
  let settings: Record<string, string>
  const broker = sharedBroker(async () => {
    settings = { PORT: String(await freePort()), LOCAL_AWS_PORT: String(await freePort()) }
    return settings
  })

  test('beside it all is well, and nothing is left behind', async () => {
    const { code, of } = await doctor({ ...settings, DATA_DIR: broker().dataDirectory }, broker().url)
    expect(code).toBe(0)
    expect(of('AWS')).toEqual([verdict('ok', saying('the one on this machine'))])
    expect(of('subnet group')).toEqual([verdict('ok', saying('default in '))])
    expect(of('security groups')).toEqual([verdict('unasked', saying('has no ec2:DescribeSecurityGroups'))])
    expect(of('database')).toEqual([verdict('ok', saying('a broker works on it')), ...conditionOfThisVersion])
    expect(of('states')).toEqual([verdict('ok', saying('a value was written, read and removed'))])
    expect(of('STATE_URL')).toEqual([verdict('ok', saying('states are found at'))])
    expect(broker().output).not.toContain('"level":50')
  })

  test('its embedded database, when it has ended, is told of, and not written to', async () => {
    await broker().stop()
    const { dataDirectory } = broker()
    const written = () => filesIn(join(dataDirectory, 'database'))
    const before = await written()
    const { of } = await doctor({ DATA_DIR: dataDirectory })
    expect(of('database')).toEqual([
      verdict('ok', saying('no broker has it open')),
      ...conditionOfThisVersion,
    ])
    expect(await written()).toEqual(before)
  })
})

/** All files below a directory, with their size and the time of their last change. */
async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true })
  return names.sort().map((name) => {
    const { size, mtimeMs } = statSync(join(directory, name))
    return `${name} ${size} ${mtimeMs}`
  })
}
