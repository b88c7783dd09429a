/**
 * Has a program in TypeScript start quickly: `node --import ./stacks/quick-start.mjs <program>`. Commands are started by
 * people who wait for them, and Terraform starts a provider several times in every run. Types are stripped once, and
 * the result is kept beside Node's own compile cache; packages are found and loaded with less work than Node takes over
 * it. JavaScript, so that nothing is stripped before that.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createRequire, enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = join(import.meta.dirname, '..')
// An unpacked release keeps as it is: there only what has a directory of its own has a cache.
const isRelease = existsSync(join(project, 'release.json'))
const cache =
  process.env.NODE_COMPILE_CACHE ?? (isRelease ? undefined : join(project, 'node_modules/.cache/code'))
if (cache) enableCompileCache(cache)

const packages = '/node_modules/'

// Node 22 parses the package.json of a package again for every file of it, to learn what kind of file it is: drizzle-orm's
// has 180 kB. These have many files, all of them modules.
const modules = ['drizzle-orm', 'execa', 'hono', 'pg-boss'].map((name) => `${packages}${name}/`)

// CommonJS without a word about it in the package.json.
const commonJs = ['@aws-sdk', '@grpc', 'pg', 'prom-client'].map((name) => `${packages}${name}/`)

// It does so as well for every file of the project that imports it. A name leads all of them to the same place: with
// that kept, and without a look at each `.ts` before it is read, a broker's start takes 0.15 CPU s less.
const places = new Map()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '', conditions } = context
    if (specifier.startsWith('.')) {
      const isModule =
        specifier.endsWith('.js') &&
        conditions.includes('import') &&
        modules.some((path) => parentURL.includes(path))
      if (!isModule && !specifier.endsWith('.ts')) return nextResolve(specifier, context)
      const { href: url } = new URL(specifier, parentURL)
      return { url, ...(isModule ? { format: 'module' } : {}), shortCircuit: true }
    }
    if (parentURL.includes(packages)) return nextResolve(specifier, context)
    const name = `${specifier} for ${[...conditions].join()}`
    const place = places.get(name) ?? { ...nextResolve(specifier, context), shortCircuit: true }
    places.set(name, place)
    return place
  },
  load(url, context, nextLoad) {
    if (isCommonJs(url, context)) return { format: 'module', source: asModule(url), shortCircuit: true }
    if (!cache || !url.endsWith('.ts')) return nextLoad(url, context)
    return { format: 'module', source: stripped(cache, fileURLToPath(url)), shortCircuit: true }
  },
})

/** Whether a module imports a package of CommonJS. */
function isCommonJs(url, { conditions, format }) {
  if (!conditions.includes('import') || !url.includes(packages) || !/\.c?js$/.test(url)) return false
  return format === 'commonjs' || (!format && commonJs.some((path) => url.includes(path)))
}

/** A module with the same exports. Node would parse all files of the package for their names, before it runs them. */
function asModule(url) {
  const names = Object.keys(createRequire(url)(fileURLToPath(url)) ?? {}).filter((name) => name !== 'default')
  return [
    "import { createRequire } from 'node:module'",
    'const exported = createRequire(import.meta.url)(import.meta.filename)',
    'export default exported',
    ...names.map((name, index) => `const _${index} = exported[${JSON.stringify(name)}]`),
    `export { ${names.map((name, index) => `_${index} as ${JSON.stringify(name)}`).join(', ')} }`,
  ].join('\n')
}

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
