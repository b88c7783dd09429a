import { type StateBackend, StateBackendError } from '../../state-backend/index.ts'
import type { States } from './states.ts'

/** The project's own backend: encrypted, with versions, and closed to an attempt that is over. */
export function httpStates(backend: StateBackend, baseUrl: string): States {
  return {
    kind: 'http',
    location: (stack) => ({ type: 'http', address: `${baseUrl}/${stack}` }),
    async access(request) {
      const { username, password } = await backend.grant(request)
      return {
        environment: { TF_HTTP_USERNAME: username, TF_HTTP_PASSWORD: password },
        end: () => backend.revoke(request.attempt),
      }
    },
    endReads: (beginning) => backend.revokeReads(beginning),
    read: (stack) => backend.read(stack),
    readMany: (stacks) => backend.readMany(stacks),
    readBytes: (stack) => backend.readBytes(stack),
    remove: (stack) => backend.remove(stack),
    lockHolder: (stack) => backend.lockHolder(stack),
    async unlock(stack, id, by) {
      try {
        await backend.unlock(stack, id, by)
        return true
      } catch (error) {
        if (error instanceof StateBackendError && error.reason === 'locked') return false
        throw error
      }
    },
    stacks: () => backend.stacks(),
    write: (stack, body) => backend.import(stack, body, 'move of all states'),
    close: async () => {},
  }
}
