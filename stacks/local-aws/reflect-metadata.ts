// @peculiar/x509 comes with a dependency container that asks for the part of the "reflect-metadata" proposal
// that follows, and does not bring it along. Import this module before it.
const metadata = new WeakMap<object, Map<unknown, unknown>>()

Object.assign(Reflect, {
  defineMetadata(key: unknown, value: unknown, target: object) {
    const entries = metadata.get(target) ?? new Map()
    metadata.set(target, entries.set(key, value))
  },
  getOwnMetadata: (key: unknown, target: object) => metadata.get(target)?.get(key),
  getMetadata(key: unknown, target: object): unknown {
    for (let at: object | null = target; at; at = Object.getPrototypeOf(at)) {
      const entries = metadata.get(at)
      if (entries?.has(key)) return entries.get(key)
    }
    return undefined
  },
})
