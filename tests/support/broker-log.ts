import type { TestBroker } from './broker.ts'

type Line = Record<string, unknown>

/** The log lines of a broker so far; with a message, only those with it. */
export function logged({ output }: Pick<TestBroker, 'output'>, message?: string): Line[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): Line => JSON.parse(line))
    .filter(({ msg }) => message === undefined || msg === message)
}
