import { nearest } from '../text/nearest.ts'
import { environmentSchema, secretSettings } from './environment.ts'

const known = [...Object.keys(environmentSchema.entries), ...secretSettings.map((name) => `${name}_FILE`)]

/** Of the programs and stacks beside the broker, which are run with the same file of settings. */
const ofOthers = ['BROKER_URL', 'STATE_S3_OLD_VERSION_DAYS']

/** With these begin settings of this broker, and hardly anything else. */
const own = /^(BROKER|OPERATOR|READER|OPERATIONS?|STATE|DRIFT|TAG|ENGINE|REPLICATION_GROUP)_/

/**
 * Variables that systemd and Kubernetes set by themselves: the one for `StateDirectory=`, the other for every service
 * that it knows, such as one that is called broker.
 */
const ofTheSurroundings = /^STATE_DIRECTORY$|_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)/

/** How many letters a name may differ in that begins like none of them: one may well be somebody else's. */
const mostWrong = 2

/** Names of the environment that look like a setting and are none, each with what to do about it. */
export function unknownSettings(environment: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(environment).filter(
    (name) =>
      !known.includes(name) &&
      !ofOthers.includes(name) &&
      !ofTheSurroundings.test(name) &&
      !/^(tcp|udp):/.test(environment[name] ?? ''),
  )
  return names.flatMap((name) => {
    const most = own.test(name) ? undefined : mostWrong
    const similar = nearest(name, known, most)
    if (!own.test(name) && (!similar || similar.length < 8)) return []
    return [`${name} is no setting and has no effect.${similar ? ` Did you mean ${similar}?` : ''}`]
  })
}
