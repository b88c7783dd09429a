import { takeDeath, takeFault } from './behaviour.ts'
import type { ElastiCache } from './elasticache.ts'
import { Fault } from './faults.ts'

/**
 * The API with the faults that the behaviour asks for, and with the deaths.
 * @param mortal whether this process may be killed: the plugin's is
 */
export function withInjections(elastiCache: ElastiCache, mortal: boolean): ElastiCache {
  const { database } = elastiCache.service
  const dieIfTold = (call: string, when: 'before' | 'after') => {
    if (mortal && takeDeath(database, call, when)) process.kill(process.pid, 'SIGKILL')
  }
  return new Proxy(elastiCache, {
    get(target, name: keyof ElastiCache) {
      const call = target[name] as unknown
      if (typeof call !== 'function') return call
      return async (request: unknown) => {
        dieIfTold(name, 'before')
        const { fault, message = 'injected by a test' } = takeFault(database, name) ?? {}
        if (fault) throw new Fault(fault, message)
        const answer = await call(request)
        dieIfTold(name, 'after')
        return answer
      }
    },
  })
}
