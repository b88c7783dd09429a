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

// It does so as well for every file of the project that imports it. A name leads all of them to the same place: with
// that kept, and without a look at each `.ts` before it is read, a broker's start takes 0.15 CPU s less.
const places = new Map()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '', conditions } = context
    if (specifier.startsWith('.')) {
      const isDrizzles = parentURL.includes(drizzle)
      if (!isDrizzles && !specifier.endsWith('.ts')) return nextResolve(specifier, context)
      const { href: url } = new URL(specifier, parentURL)
      return { url, ...(isDrizzles ? { format: 'module' } : {}), shortCircuit: true }
    }
    if (parentURL.includes('/node_modules/')) return nextResolve(specifier, context)
    const name = `${specifier} for ${[...conditions].join()}`
    const place = places.get(name) ?? { ...nextResolve(specifier, context), shortCircuit: true }
    places.set(name, place)
    return place
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
