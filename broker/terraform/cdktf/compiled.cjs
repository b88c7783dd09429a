/**
 * Preloaded into cdktf: keeps its two bundles compiled as far as a run needs them. Node's compile cache keeps what is
 * compiled when a file is loaded, and not the functions that are compiled when they are first called: in these 5 MB
 * they are a fifth of a deploy's CPU.
 */
const { hash, randomUUID } = require('node:crypto')
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const Module = require('node:module')
const { dirname, join } = require('node:path')
const { constants, Script } = require('node:vm')
const { crc32 } = require('node:zlib')

// Its name tells the version of Node and its flags, on which compiled code depends. It is missing when it can't be written.
const cache = Module.getCompileCacheDir()
const bundle = /[\\/]cdktf-cli[\\/]bundle[\\/]bin[\\/].*\.js$/
const compile = Module.prototype._compile

/** Bytes of the checksum that the code comes after. */
const sumLength = 4

Module.prototype._compile = function (source, filename, ...rest) {
  if (!cache || !bundle.test(filename)) return compile.call(this, source, filename, ...rest)
  const file = join(cache, `${hash('sha256', source).slice(0, 32)}.code`)
  const cachedData = kept(file)
  const script = new Script(Module.wrap(source), {
    filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  if (!cachedData || script.cachedDataRejected) keepAtExit(file, script)
  const run = script.runInThisContext()
  return run.call(
    this.exports,
    this.exports,
    Module.createRequire(filename),
    this,
    filename,
    dirname(filename),
  )
}

/** As it was written: V8 looks at its length only, and a machine that loses power leaves files with holes. */
function kept(file) {
  try {
    const bytes = readFileSync(file)
    const code = bytes.subarray(sumLength)
    return bytes.readUInt32LE() === crc32(code) ? code : undefined
  } catch {
    return undefined
  }
}

/** Of a run that has gone well: one that ended early has not called much. */
function keepAtExit(file, script) {
  process.once('exit', (code) => {
    if (code !== 0) return
    const draft = `${file}.${randomUUID()}`
    try {
      const code = script.createCachedData()
      const sum = Buffer.alloc(sumLength)
      sum.writeUInt32LE(crc32(code))
      writeFileSync(draft, Buffer.concat([sum, code]), { mode: 0o600 })
      renameSync(draft, file)
    } catch {
      // Without it the next run takes longer, and nothing else.
    }
  })
}
