/**
 * Preloaded into cdktf: lets it load the parts that translate HCL when it first uses them, which a deploy never does.
 * They are a TypeScript compiler and two Go programs in WebAssembly, and two thirds of cdktf's time and memory. And the
 * one that archives assets, which it only does in processes of their own: 200 files, 0.05 CPU s.
 */
const Module = require('node:module')

const parts = ['@cdktf/hcl2cdk', '@cdktf/hcl2json', '@cdktf/hcl-tools', 'archiver']
const load = Module._load

Module._load = function (request, ...rest) {
  if (!parts.includes(request)) return load.call(this, request, ...rest)
  let part
  // As the prototype: importers copy the properties that a module has of its own, and keep its prototype.
  const lazily = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === '__esModule') return true
        part ??= load.call(this, request, ...rest)
        return part[name]
      },
    },
  )
  return Object.create(lazily)
}
