import { statfsSync } from 'node:fs'
import { execa } from 'execa'
import { nearestThatExists, obstacleTo } from '../../data-directory/obstacle.ts'
import { programEnvironment } from '../../terraform/environment.ts'
import { about, type Check } from './check.ts'

/** The first Node that takes the project's TypeScript as it is. */
const leastNode = [22, 18] as const

export const node: Check = {
  subject: 'Node',
  run() {
    const { ok, failed } = about('Node')
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const [least, leastMinor] = leastNode
    const fits = major > least || (major === least && minor >= leastMinor)
    return fits
      ? ok(`${process.version}, ${process.platform}-${process.arch}`)
      : failed(
          `${process.version} is too old`,
          `Install the packages, with Node ${leastNode.join('.')}: npm ci`,
        )
  },
}

/** Bytes: work directories, logs and the provider need them. */
const leastFree = 2e9

export const dataDirectory: Check = {
  subject: 'DATA_DIR',
  run({ DATA_DIR }) {
    const { ok, warning, failed } = about('DATA_DIR')
    const obstacle = obstacleTo(DATA_DIR)
    if (obstacle) return failed(obstacle, "Set DATA_DIR to a directory that the broker's user may write to.")
    const there = nearestThatExists(DATA_DIR)
    const { bavail, bsize } = statfsSync(there)
    const free = `${DATA_DIR}, ${Math.round((bavail * bsize) / 1e8) / 10} GB free`
    if (bavail === 0) return failed(free, 'Make room, or set DATA_DIR to a directory on another file system.')
    return bavail * bsize < leastFree
      ? warning(free, 'Make room: the AWS provider alone takes 0.8 GB.')
      : ok(there === DATA_DIR ? free : `${free}; the broker makes it at its start`)
  },
}

export const redisServer: Check = {
  subject: 'redis-server',
  async run({ PLATFORM }) {
    const { ok, failed } = about('redis-server')
    if (PLATFORM !== 'local') return []
    const { stdout, failed: missing } = await execa('redis-server', ['--version'], {
      env: programEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    })
    const version = /v=(\d+)\.(\d+)\.\d+/.exec(stdout ?? '')
    const advice = 'Install Redis 6 or newer with TLS: node broker/setup/main.mjs'
    if (missing || !version) return failed('it is not on the PATH', advice)
    return Number(version[1]) >= 6
      ? ok(`${version[0].slice(2)}`)
      : failed(`${version[0].slice(2)} is too old`, advice)
  },
}
