import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { TestBroker } from '../support/broker.ts'
import { freePort } from '../support/free-port.ts'
import { md5, state } from '../support/state-client.ts'

/** The example as it is, with this test's ports and certificate. */
async function startNginx(broker: TestBroker): Promise<{ port: number; ca: Buffer }> {
  const directory = mkdtempSync(join(tmpdir(), 'nginx-'))
  const subject = [
    '-subj',
    '/CN=broker.example.internal',
    '-addext',
    'subjectAltName=DNS:broker.example.internal',
  ]
  const files = ['-keyout', 'key.pem', '-out', 'fullchain.pem']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files],
    {
      cwd: directory,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  const example = readFileSync(join(import.meta.dirname, '../../deploy/nginx.conf'), 'utf8')
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('/etc/ssl/redis-broker', directory)
    .replace('http://127.0.0.1:8080', broker.url)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${directory}/${kind};`,
  )
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; error_log stderr; pid ${directory}/pid; events {}
    http { access_log off; ${temporary.join(' ')} ${example} }`,
  )
  const path = `${process.env.PATH}:/usr/sbin`
  const nginx = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], {
    env: { PATH: path },
    stdio: 'ignore',
  })
  onTestFinished(() => {
    nginx.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  return { port, ca: readFileSync(join(directory, 'fullchain.pem')) }
}

test('behind the nginx of the example Terraform locks, writes and unlocks a state, and the platform is served', async () => {
  const broker = await TestBroker.start({ TRUSTED_PROXIES: '1', DRIFT_SCHEDULE: 'off' })
  onTestFinished(() => broker.remove())
  const { port, ca } = await startNginx(broker)
  const ask = (method: string, path: string, login: string, body = '') =>
    new Promise<number>((resolve, reject) => {
      const headers = {
        Authorization: `Basic ${btoa(login)}`,
        'X-Broker-API-Version': '2.17',
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'Content-MD5': md5(new TextEncoder().encode(body)),
      }
      const name = 'broker.example.internal'
      const options = {
        host: '127.0.0.1',
        port,
        ca,
        servername: name,
        method,
        path,
        headers: { ...headers, Host: name },
      }
      request(options, (response) => resolve(response.resume().statusCode ?? 0))
        .on('error', reject)
        .end(body)
    })
  await expect.poll(() => ask('GET', '/health', '').catch(() => 0)).toBe(200)

  expect(await ask('GET', '/v2/catalog', 'broker:broker')).toBe(200)
  const operator = 'operator:operator'
  const stack = `/state/${randomUUID()}`
  const lock = JSON.stringify({
    ID: randomUUID(),
    Operation: 'OperationTypeApply',
    Who: 'me',
    Created: new Date(),
  })
  expect(await ask('LOCK', `${stack}/lock`, operator, lock)).toBe(200)
  expect(await ask('POST', `${stack}?ID=${JSON.parse(lock).ID}`, operator, JSON.stringify(state(1)))).toBe(
    200,
  )
  expect(await ask('UNLOCK', `${stack}/lock`, operator, lock)).toBe(200)
})
