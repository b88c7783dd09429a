/**
 * Waits for something that goes on, whatever it waits for, until nobody waits for it any longer.
 * @throws the reason of the signal
 */
export function unlessAborted<T>(going: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    going.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
