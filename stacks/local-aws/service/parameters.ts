import { Fault } from './faults.ts'

/** A parameter of Redis as ElastiCache has it. */
export interface Parameter {
  /** The value of AWS's own groups. */
  usual: string
  /** As AWS writes it: `0,20-` is 0 or anything from 20 on. */
  allowed: string
  type: 'integer' | 'string'
  means: string
  /** Not one of Redis itself: the service acts on it. */
  ofService?: true
}

/** Those of all versions, out of the many that AWS has; each changes while Redis runs. */
export const parameters: Record<string, Parameter> = {
  activedefrag: choice('no', 'yes,no', 'Whether memory is defragmented while Redis runs'),
  activerehashing: choice('yes', 'yes,no', 'Whether tables of keys are rehashed in idle time'),
  'latency-monitor-threshold': integer('0', '0-', 'Milliseconds after which an event counts as slow'),
  'lazyfree-lazy-eviction': choice('no', 'yes,no', 'Whether evicted keys are freed in the background'),
  'lazyfree-lazy-expire': choice('no', 'yes,no', 'Whether expired keys are freed in the background'),
  'lfu-decay-time': integer('1', '0-', 'Minutes after which a key counts as less used'),
  'lfu-log-factor': integer('10', '1-', 'How many uses a key has to have to count as much used'),
  'maxmemory-policy': choice(
    'volatile-lru',
    'volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction',
    'What becomes of keys when the memory is full',
  ),
  'maxmemory-samples': integer('3', '1-', 'Keys that an eviction chooses from'),
  'notify-keyspace-events': {
    usual: '',
    allowed: '',
    type: 'string',
    means: 'Events of keys that are published',
  },
  'reserved-memory-percent': {
    ...integer('25', '0-100', 'Memory that is kept for replication and snapshots'),
    ofService: true,
  },
  'slowlog-log-slower-than': integer('10000', '-1-', 'Microseconds after which a command is in the slow log'),
  'slowlog-max-len': integer('128', '0-', 'Entries of the slow log'),
  'tcp-keepalive': integer('300', '0-', 'Seconds between signs of life to clients'),
  timeout: integer('0', '0,20-', 'Seconds after which idle connections are closed'),
}

function integer(usual: string, allowed: string, means: string): Parameter {
  return { usual, allowed, type: 'integer', means }
}

function choice(usual: string, allowed: string, means: string): Parameter {
  return { usual, allowed, type: 'string', means }
}

/** @throws Fault that says which value of which parameter is wrong */
export function checkParameters(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    const parameter = parameters[name]
    if (!parameter) throw new Fault('InvalidParameterValue', `Could not find parameter with name: ${name}`)
    if (!isAllowed(parameter, value)) {
      throw new Fault('InvalidParameterValue', `The value ${value} is not valid for the parameter ${name}.`)
    }
  }
}

function isAllowed({ type, allowed }: Parameter, value: string): boolean {
  if (allowed === '') return /^[AKEg$lshzxetdm]*$/.test(value)
  if (type === 'string') return allowed.split(',').includes(value)
  return /^-?\d{1,10}$/.test(value) && allowed.split(',').some((range) => within(range, Number(value)))
}

function within(range: string, value: number): boolean {
  const [, least = '', dash, most] = /^(-?\d+)(-?)(\d*)$/.exec(range) ?? []
  if (!dash) return value === Number(least)
  return value >= Number(least) && value <= Number(most || 2_147_483_647)
}

/** The parameters that Redis starts with: AWS's values with a group's own over them. */
export function redisParameters(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([, { ofService }]) => !ofService)
      .map(([name, { usual }]) => [name, values[name] ?? usual]),
  )
}

/** The share of the memory that no data may take. */
export function reservedShare(values: Record<string, string>): number {
  return Number(values['reserved-memory-percent'] ?? parameters['reserved-memory-percent']?.usual) / 100
}
