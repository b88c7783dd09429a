import { Fault } from '../service/faults.ts'

/** The parameters of a request, nested as their dots say: `Tags.Tag.1.Key`. */
interface Parameters {
  [name: string]: string | Parameters
}

function within(parameters: Parameters, name: string): Parameters {
  const known = parameters[name]
  if (typeof known === 'object') return known
  const fresh: Parameters = Object.create(null)
  parameters[name] = fresh
  return fresh
}

/** A request in AWS's Query protocol. Names are those of the service model. */
export class Query {
  readonly #parameters: Parameters

  constructor(parameters: Parameters) {
    this.#parameters = parameters
  }

  /** @param body as a form is sent */
  static parse(body: string): Query {
    const root: Parameters = Object.create(null)
    for (const [path, value] of new URLSearchParams(body)) {
      const names = path.split('.')
      let place = root
      for (const name of names.slice(0, -1)) place = within(place, name)
      place[names.at(-1) as string] = value
    }
    return new Query(root)
  }

  text(name: string): string | undefined {
    const value = this.#parameters[name]
    return typeof value === 'string' ? value : undefined
  }

  /** @throws Fault when it is missing */
  required(name: string): string {
    const value = this.text(name)
    if (!value) throw new Fault('MissingParameter', `The request must contain the parameter ${name}.`)
    return value
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^-?\d+$/.test(value))
      throw new Fault('InvalidParameterValue', `${name} must be a whole number: ${value}`)
    return Number(value)
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name)?.toLowerCase()
    if (value === undefined) return undefined
    if (value !== 'true' && value !== 'false') {
      throw new Fault('InvalidParameterValue', `${name} must be true or false: ${value}`)
    }
    return value === 'true'
  }

  /** A structure within; an empty one when it is not given. */
  in(name: string): Query {
    const value = this.#parameters[name]
    return new Query(typeof value === 'object' ? value : Object.create(null))
  }

  /** The members of a list of texts. @param member what the model calls one of them; clients may say `member` */
  texts(name: string, member: string): string[] | undefined {
    return this.#members(name, member)?.filter((value) => typeof value === 'string')
  }

  /** The members of a list of structures. */
  list(name: string, member: string): Query[] | undefined {
    return this.#members(name, member)?.flatMap((value) =>
      typeof value === 'object' ? new Query(value) : [],
    )
  }

  #members(name: string, member: string): (string | Parameters)[] | undefined {
    const list = this.#parameters[name]
    if (typeof list !== 'object') return undefined
    const numbered = list[member] ?? list.member ?? list
    if (typeof numbered !== 'object') return undefined
    return Object.entries(numbered)
      .sort(([one], [other]) => Number(one) - Number(other))
      .map(([, value]) => value)
  }
}
