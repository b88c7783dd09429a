import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readSettings } from '../../broker/settings/read.ts'
import { TestBroker } from '../support/broker.ts'
import { requireSettings, withoutFiles } from './settings.ts'

const project = join(import.meta.dirname, '../..')
const textOf = (name: string) => readFileSync(join(project, name), 'utf8')

const documents = parseAllDocuments(textOf('deploy/kubernetes.yaml'))
const objects = documents.map((document) => document.toJS())
const [secret, deployment, service] = ['Secret', 'Deployment', 'Service'].map((kind) =>
  objects.find((object) => object.kind === kind),
)
const pod = deployment.spec.template
const [container] = pod.spec.containers
const variables: { name: string; value: string }[] = container.env
const settings = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
const mountOf = (name: string) =>
  container.volumeMounts.find((mount: { name: string }) => mount.name === name).mountPath

test('it is YAML without errors or names that are given twice', () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
  expect(objects.map(({ kind }) => kind)).toEqual(['Secret', 'Deployment', 'Service'])
  expect(Object.keys(settings)).toHaveLength(variables.length)
})

test("its variables are the broker's settings, as text, and two brokers can start with them", () => {
  // Kubernetes takes no number for the value of a variable.
  expect(variables.filter(({ value }) => typeof value !== 'string')).toEqual([])
  requireSettings(settings)
  const { STOP_GRACE, DATABASE_URL } = readSettings(withoutFiles(settings))
  expect(deployment.spec.replicas).toBe(2)
  expect(DATABASE_URL).toBeDefined()
  expect(pod.spec.terminationGracePeriodSeconds).toBe(STOP_GRACE + 40)
})

test('each file that a setting names is a key of the secret that is mounted there', () => {
  const files = variables.filter(({ name }) => name.endsWith('_FILE')).map(({ value }) => value)
  expect(files).toEqual(Object.keys(secret.stringData).map((key) => `${mountOf('secrets')}/${key}`))
  const volumes: { name: string; secret?: { secretName: string } }[] = pod.spec.volumes
  expect(volumes.map(({ name }) => name)).toEqual(
    container.volumeMounts.map((mount: { name: string }) => mount.name),
  )
  expect(volumes.find(({ name }) => name === 'secrets')?.secret?.secretName).toBe(secret.metadata.name)
})

test('it runs as the user of the image, who writes to the volume alone', () => {
  const image = textOf('Containerfile')
  const [, user, group] = /^USER (\d+):(\d+)$/m.exec(image) ?? []
  expect(pod.spec.securityContext).toMatchObject({ runAsUser: Number(user), fsGroup: Number(group) })
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true)
  const [, data] = /\bDATA_DIR=(\S+)/.exec(image) ?? []
  expect(data?.startsWith(`${mountOf('data')}/`)).toBe(true)
  // The image has the command.
  expect(container.command ?? container.args).toBeUndefined()
})

test('service, selectors and probes find the broker, which answers the probes without a login', async () => {
  for (const selector of [deployment.spec.selector.matchLabels, service.spec.selector])
    expect(pod.metadata.labels).toMatchObject(selector)
  const [port] = container.ports
  expect(port.containerPort).toBe(readSettings(withoutFiles(settings)).PORT)

  const broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  onTestFinished(() => broker.remove())
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe]
  expect(service.spec.ports[0].targetPort).toBe(port.name)
  for (const { httpGet, tcpSocket } of probes) {
    expect((httpGet ?? tcpSocket).port).toBe(port.name)
    if (httpGet) expect((await broker.request('GET', httpGet.path, { login: null })).status).toBe(200)
  }
  expect(container.readinessProbe.httpGet.path).toBe('/health')
})
