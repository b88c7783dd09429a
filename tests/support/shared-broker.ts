import { afterAll, beforeAll } from 'vitest'
import { TestBroker } from './broker.ts'

/** The broker that the tests of a file share, also those that the files of its directory describe. */
export type SharedBroker = () => TestBroker

type Environment = Record<string, string>

/**
 * Starts a broker before the tests of a file and removes it after them: a start costs more than most tests.
 * @param environment of the broker, or what makes it once the tests run
 * @param prepare what all the tests need of it
 */
export function sharedBroker(
  environment: Environment | (() => Environment | Promise<Environment>) = {},
  prepare?: (broker: TestBroker) => Promise<unknown>,
): SharedBroker {
  let broker: TestBroker | undefined
  beforeAll(async () => {
    broker = await TestBroker.start(typeof environment === 'function' ? await environment() : environment)
    await prepare?.(broker)
  })
  afterAll(() => broker?.remove())
  return () => {
    if (!broker) throw new Error('The broker is started once the tests run.')
    return broker
  }
}
