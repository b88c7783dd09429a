import type { Operation } from '../operations/operation.ts'
import type { RequestResult } from '../operations/requests.ts'
import { OsbError } from './errors.ts'

/**
 * The operation that a request began, or one that the same request has begun before.
 * @param isSame whether another operation is what was asked for
 * @param gone the verb's own refusal
 * @throws OsbError for any other result
 */
export function acceptedOperation(
  result: RequestResult,
  isSame: (operation: Operation) => boolean,
  gone: 'goneInstance' | 'unknownInstance',
): Operation {
  switch (result.outcome) {
    case 'accepted':
      return result.operation
    case 'in progress':
    case 'changed':
      if (isSame(result.operation)) return result.operation
      throw new OsbError('concurrency', result.operation.type)
    case 'queue full':
      throw new OsbError('queueFull', result.most)
    case 'paused':
      throw new OsbError('paused', result.pause)
    case 'too late':
      throw new OsbError('tooLate')
    case 'gone':
      throw new OsbError(gone)
  }
}
