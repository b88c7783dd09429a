import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

interface Shape {
  type: string
  exception?: boolean
  error?: { code?: string; httpStatusCode?: number }
  members?: Record<string, { shape: string; locationName?: string }>
  member?: { shape: string; locationName?: string }
  required?: string[]
}

/** AWS's own model of the ElastiCache API, version 2015-02-02: what goes over the wire, and under which names. */
export interface ServiceModel {
  operations: Record<string, { input?: { shape: string }; output?: { shape: string } }>
  shapes: Record<string, Shape>
}

/** As botocore has it, which the `aws` command line brings along; undefined where there is none. */
export function elastiCacheModel(): ServiceModel | undefined {
  const script = 'import botocore, os; print(os.path.dirname(botocore.__file__))'
  const root = spawnSync('python3', ['-c', script], { encoding: 'utf8' }).stdout?.trim()
  if (!root) return undefined
  const file = join(root, 'data', 'elasticache', '2015-02-02', 'service-2.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  return existsSync(`${file}.gz`) ? JSON.parse(gunzipSync(readFileSync(`${file}.gz`)).toString()) : undefined
}

/** For the name of a test. */
export const withoutModel = "skipped: there is no botocore on this machine, which has AWS's service model"
