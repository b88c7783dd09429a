import { accessSync, constants, lstatSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The nearest of a path and the directories above it that exists. A link to nothing exists, too. */
export function nearestThatExists(path: string): string {
  const parent = dirname(path)
  return parent === path || exists(path) ? path : nearestThatExists(parent)
}

/** Why a directory can be neither used nor made, as a part of a sentence; undefined: as far as can be seen, it can. */
export function obstacleTo(directory: string): string | undefined {
  const there = nearestThatExists(directory)
  try {
    if (!statSync(there).isDirectory()) return `${there} is no directory`
  } catch {
    return `${there} is a link to something that is not there`
  }
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return `${there} cannot be written`
  }
  return undefined
}

function exists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}
