import pMap from 'p-map'
import { fitted, oneLine, show, terminalWidth } from '../terminal/terminal.ts'
import { BrokerRefusal, type Client, type Instance, type Operation } from './client.ts'
import { ended } from './wait.ts'

export interface BatchOptions {
  /** Operations at a time. */
  atOnce: number
  /** After so many nothing more is begun. */
  maxFailures: number
  json?: true | undefined
}

/** The outcome for one instance. */
export interface Outcome {
  instance: string
  name: string | null
  state: 'succeeded' | 'failed' | 'refused' | 'unchanged' | 'not begun'
  /** Of what failed or was refused. */
  message: string | null
}

/**
 * Begins an operation of each instance and waits for it, some at a time. What has begun when too many have failed
 * is waited for, too. Whoever runs it again goes on where it stopped, since what is done fits no more.
 * @param begin undefined when there is nothing to do
 */
export async function inBatches(
  client: Client,
  instances: Instance[],
  begin: (instance: Instance) => Promise<Operation | null>,
  { atOnce, maxFailures, json }: BatchOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const failures = () => outcomes.filter(({ state }) => state === 'failed' || state === 'refused').length
  const add = async (one: Instance) => {
    const outcome: Outcome = {
      instance: one.instance,
      name: one.name ?? null,
      ...(failures() >= maxFailures ? notBegun : await outcomeOf(client, () => begin(one))),
    }
    outcomes.push(outcome)
    if (outcome.state === 'not begun') return
    const line = `${outcomes.length} of ${instances.length}: ${sentence(outcome)}`
    const out = json ? process.stderr : process.stdout
    show(`${fitted(oneLine(line), terminalWidth(out))}\n`, out)
  }
  await pMap(instances, add, { concurrency: atOnce })
  return outcomes
}

const notBegun = { state: 'not begun', message: null } as const

async function outcomeOf(
  client: Client,
  begin: () => Promise<Operation | null>,
): Promise<Pick<Outcome, 'state' | 'message'>> {
  try {
    const operation = await begin()
    if (operation === null) return { state: 'unchanged', message: null }
    const { state, description } = await ended(client, operation)
    return state === 'failed' ? { state, message: description } : { state: 'succeeded', message: null }
  } catch (error) {
    if (!(error instanceof BrokerRefusal)) throw error
    return { state: 'refused', message: error.message }
  }
}

const sentence = ({ instance, name, state, message }: Outcome) =>
  `${name === null ? instance : `${instance} ${name}`} ${state}${message === null ? '' : `: ${message}`}`
