/**
 * Has a program in TypeScript start quickly: `node --import ./stacks/quick-start.mjs <program>`. Commands are started by
 * people who wait for them, and Terraform starts a provider several times in every run. Types are stripped once, and
 * the result is kept beside Node's own compile cache. JavaScript, so that nothing is stripped before that.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = join(import.meta.dirname, '..')
// An unpacked release keeps as it is: there only what has a directory of its own has a cache.
const isRelease = existsSync(join(project, 'release.json'))
const cache =
  process.env.NODE_COMPILE_CACHE ?? (isRelease ? undefined : join(project, 'node_modules/.cache/code'))
if (cache) enableCompileCache(cache)

// Node 22 parses the package.json of drizzle-orm (180 kB) again for every file of it, to learn what kind of file it is.
const drizzle = '/node_modules/drizzle-orm/'

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (!specifier.startsWith('.') || !context.parentURL?.includes(drizzle)) {
      return nextResolve(specifier, context)
    }
    return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
  },
  load(url, context, nextLoad) {
    if (!cache || !url.endsWith('.ts')) return nextLoad(url, context)
    return { format: 'module', source: stripped(cache, fileURLToPath(url)), shortCircuit: true }
  },
})

function stripped(directory, path) {
  const { mtimeMs, size } = statSync(path)
  const key = createHash('sha256').update(`${process.version} ${path} ${mtimeMs} ${size}`).digest('hex')
  const file = join(directory, `${key.slice(0, 32)}.js`)
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const source = stripTypeScriptTypes(readFileSync(path, 'utf8'))
    keep(directory, file, source)
    return source
  }
}

function keep(directory, file, source) {
  const draft = `${file}.${randomUUID()}`
  try {
    mkdirSync(directory, { recursive: true })
    writeFileSync(draft, source)
    renameSync(draft, file)
  } catch {
    // A project directory that cannot be written to costs time only.
  }
}
