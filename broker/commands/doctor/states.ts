import { stateUrl } from '../../states/url.ts'
import { BrokerRefusal, BrokerSilent } from '../client/client.ts'
import { brokerHere } from './broker.ts'
import { about, type Check, type Finding } from './check.ts'

/** A broker writes a value where the states live, as they are written, reads it, and removes it. */
export const states: Check = {
  subject: 'states',
  async run(settings): Promise<Finding[]> {
    const { ok, failed, unasked } = about('states')
    try {
      const response = await brokerHere(settings).states.check.$post()
      const { kind, milliseconds } = await response.json()
      return [ok(`${kind}: a value was written, read and removed in ${milliseconds} ms`)]
    } catch (error) {
      if (error instanceof BrokerSilent) {
        return [unasked(error.message, 'A running broker tries it: start it, and ask again.')]
      }
      if (!(error instanceof BrokerRefusal)) throw error
      return [failed(`${settings.STATE_BACKEND}: ${error.message}`, 'See docs/operators-state.md.')]
    }
  },
}

/** Whether Terraform finds the states at the address that it is given. */
export const stateAddress: Check = {
  subject: 'STATE_URL',
  async run(settings): Promise<Finding[]> {
    if (settings.STATE_BACKEND !== 'http') return []
    const { ok, failed, unasked } = about('STATE_URL')
    const url = new URL(stateUrl(settings, settings.PORT))
    const { username, password } = settings.operator ?? { username: '', password: '' }
    url.username = ''
    url.password = ''
    try {
      const response = await fetch(`${url.href}/doctor`, {
        headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
        signal: AbortSignal.timeout(10_000),
      })
      if (response.status === 204 || response.status === 200) return [ok(`states are found at ${url.href}`)]
      if (response.status === 401) {
        return settings.operator
          ? [failed(`${url.href} refuses the login of OPERATOR_USERNAME`, 'Is another broker there?')]
          : [ok(`states are found at ${url.href}`)]
      }
      return [failed(`${url.href} answers ${response.status}`, 'It must lead to /state of this broker.')]
    } catch (error) {
      const { cause, message } = error as Error
      const why = cause instanceof Error ? cause.message || cause.name : message
      return [unasked(`nobody answers at ${url.href} (${why})`, 'Start the broker, or correct STATE_URL.')]
    }
  },
}
