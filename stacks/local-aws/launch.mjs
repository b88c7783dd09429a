/**
 * Starts main.ts, quickly: Terraform starts a provider several times in every run. Types are stripped once,
 * and the result is kept beside Node's own compile cache, in a checkout for all data directories. JavaScript, so that
 * nothing is stripped before that.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [dataDirectory, ...words] = process.argv.slice(2)
const project = join(import.meta.dirname, '../..')
// An unpacked release keeps as it is.
const isRelease = existsSync(join(project, 'release.json'))
const cache = isRelease ? join(dataDirectory, 'cache') : join(project, 'node_modules/.cache/local-aws')
enableCompileCache(cache)

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts')) return nextLoad(url, context)
    return { format: 'module', source: stripped(fileURLToPath(url)), shortCircuit: true }
  },
})

function stripped(path) {
  const { mtimeMs, size } = statSync(path)
  const key = createHash('sha256').update(`${process.version} ${path} ${mtimeMs} ${size}`).digest('hex')
  const file = join(cache, `${key.slice(0, 32)}.js`)
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const source = stripTypeScriptTypes(readFileSync(path, 'utf8'))
    keep(file, source)
    return source
  }
}

function keep(file, source) {
  const draft = `${file}.${randomUUID()}`
  try {
    mkdirSync(cache, { recursive: true })
    writeFileSync(draft, source)
    renameSync(draft, file)
  } catch {
    // A project directory that cannot be written to costs time only.
  }
}

const { main } = await import('./main.ts')
await main(dataDirectory, words)
