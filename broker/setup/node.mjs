import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, project } from './project.mjs'
import { run } from './run.mjs'

/** The Node 22 of the project's packages, which runs everything but this setup. */
export const pinnedNode = join(bin, 'node')

const platform = `${process.platform}-${process.arch}`

/** Stops where the Node at hand is too old for the setup, or where the packages bring no Node 22. */
export function checkNode() {
  const [major] = process.versions.node.split('.')
  if (Number(major) < 20) {
    throw new Error(`Node 20 or newer is needed, and this is Node ${process.versions.node}.`)
  }
  const { optionalDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  if (!Object.keys(optionalDependencies).some((name) => name.endsWith(`-${platform}`))) {
    throw new Error(`There is no Node 22 package for ${platform}: use Linux or macOS on x64 or arm64.`)
  }
}

/** Whether the pinned Node is there and is made for this machine. */
export function pinnedNodeRuns() {
  return run(pinnedNode, ['--version']).ok
}

/** Stops where the installed Node does not run, as on a Linux without glibc. */
export function checkPinnedNode() {
  if (!pinnedNodeRuns()) throw new Error(`The Node 22 package for ${platform} does not run on this machine.`)
}
