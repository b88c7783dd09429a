import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeDirectory } from './directories.ts'
import type { GroupRecord, NodeRecord } from './records.ts'
import { defaultUserRules, liveSettings, redisConfiguration } from './redis-configuration.ts'
import { type Command, withNode } from './redis-connection.ts'
import { endRedis, redisBinaryVersion, redisPid, spawnRedis } from './redis-process.ts'
import { nodeCertificates, servicePassword } from './secrets.ts'
import { finishRestore, prepareRestore } from './snapshots.ts'

const POLL_MILLISECONDS = 20
const START_TIMEOUT = 10_000
/** Restarting after the death of a machine may have much to read; replicas copy all data. */
const LOAD_TIMEOUT = 300_000

export async function isRunning(directory: string, group: GroupRecord, node: NodeRecord): Promise<boolean> {
  return (await redisPid(nodeDirectory(directory, group.id, node.id), node.address)) !== undefined
}

/**
 * Starts a node unless it runs already (a dead caller may have started it), and waits until it serves: a
 * replica, until it has the primary's data.
 */
export async function startNode(directory: string, group: GroupRecord, node: NodeRecord): Promise<void> {
  const own = nodeDirectory(directory, group.id, node.id)
  await mkdir(own, { recursive: true, mode: 0o700 })
  if (!(await serves(directory, group, node))) {
    const restoring = await spawnNode(directory, group, node)
    // To ask it would load Redis' client, which is a fifth of what a creation of one node costs.
    if (group.nodes[0]?.id === node.id && !restoring)
      return until(LOAD_TIMEOUT, node, own, async () => (await logOf(own)).includes(saysReady))
  }
  await until(LOAD_TIMEOUT, node, own, () => withNode(directory, group, node, ready))
  await withNode(directory, group, node, (command) => finishRestore(own, command))
}

/** @returns whether it begins with the data of a snapshot */
async function spawnNode(directory: string, group: GroupRecord, node: NodeRecord): Promise<boolean> {
  const own = nodeDirectory(directory, group.id, node.id)
  await endRedis(own, node.address, 'SIGKILL')
  await rm(logFile(own), { force: true })
  const restoring = await prepareRestore(directory, group, node)
  const configuration = redisConfiguration({
    group,
    node,
    password: await servicePassword(directory, group.id),
    certificates: await nodeCertificates(directory, own, node.address),
    binaryVersion: await redisBinaryVersion(),
    directory: own,
    restoring,
  })
  await spawnRedis(node.address, group.transitEncryptionEnabled, own, configuration)
  await pidFile(own, node)
  return restoring
}

/** It has read its own data, and a replica has the primary's. */
export async function ready(command: Command): Promise<boolean> {
  const replication = await command('INFO', 'replication')
  const persistence = await command('INFO', 'persistence')
  return !replication.includes('master_link_status:down') && /^loading:0/m.test(persistence)
}

async function serves(directory: string, group: GroupRecord, node: NodeRecord): Promise<boolean> {
  // Somebody else's process may answer at an address that a failover has just moved.
  if (!(await isRunning(directory, group, node))) return false
  return withNode(directory, group, node, (command) => command('PING')).then(
    () => true,
    () => false,
  )
}

async function pidFile(own: string, node: NodeRecord): Promise<void> {
  await until(START_TIMEOUT, node, own, async () => (await redisPid(own, node.address)) !== undefined)
}

/** Polls `condition`; an error counts as "not yet" as long as the process lives. */
async function until(timeout: number, node: NodeRecord, own: string, condition: () => Promise<boolean>) {
  const deadline = Date.now() + timeout
  let started = false
  while (!(await condition().catch(() => false))) {
    const running = (await redisPid(own, node.address)) !== undefined
    started ||= running
    const failure = running ? '' : await lastWords(own)
    if (Date.now() > deadline || (started && !running) || failure) {
      throw new Error(`Node ${node.id} did not start on ${node.address}. ${failure}`.trim())
    }
    await sleep(POLL_MILLISECONDS)
  }
}

/** What a Redis says when it has read its data, and listens. */
const saysReady = 'Ready to accept connections'

const logFile = (own: string) => join(own, 'redis.log')
const logOf = (own: string) => readFile(logFile(own), 'utf8').catch(() => '')

/** Of a Redis that gave up. */
async function lastWords(own: string): Promise<string> {
  const failure = (await logOf(own)).split('\n').findLast((line) => /bind:|Failed|Fatal|FATAL/.test(line))
  return failure?.replace(/^\S+ .*? [#*] /, '') ?? ''
}

/** Brings a running node in line with settings that change while it runs. */
export async function configureNode(directory: string, group: GroupRecord, node: NodeRecord): Promise<void> {
  const rules = defaultUserRules(group.authTokenHashes, await redisBinaryVersion())
  await withNode(directory, group, node, async (command) => {
    for (const [name, value] of Object.entries(liveSettings(group)))
      await command('CONFIG', 'SET', name, value)
    await command('ACL', 'SETUSER', 'default', ...rules)
  })
}

/** Ends a node and removes all that it left. */
export async function removeNode(directory: string, group: GroupRecord, node: NodeRecord): Promise<void> {
  const own = nodeDirectory(directory, group.id, node.id)
  await endRedis(own, node.address, 'SIGKILL')
  await rm(own, { recursive: true, force: true })
}
