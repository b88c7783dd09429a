/**
 * Starts main.ts, quickly: Terraform starts a provider several times in every run. Types are stripped once,
 * and the result is kept in the data directory beside Node's own compile cache. JavaScript, so that nothing
 * is stripped before that.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [directory] = process.argv.splice(2, 1)
const cache = join(directory, 'compile-cache')
mkdirSync(cache, { recursive: true, mode: 0o700 })
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
    const draft = `${file}.${randomUUID()}`
    writeFileSync(draft, source)
    renameSync(draft, file)
    return source
  }
}

const { main } = await import('./main.ts')
await main(directory, process.argv.slice(2))
