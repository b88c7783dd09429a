import type { DescribedLogGroup } from '../../stacks/log-group/attributes.ts'
import type { DescribedAlarm } from '../../stacks/metric-alarm/attributes.ts'
import type { DescribedParameterGroup } from '../../stacks/parameter-group/attributes.ts'

/** What instances have beside their groups, by the names that AWS knows it by. */
export interface NamesBeside {
  parameterGroups: string[]
  logGroups: string[]
  alarms: string[]
}

/** All that a refresh would learn of one of them. */
export interface Told<Described> {
  described: Described
  /** Undefined: AWS doesn't tell them. */
  tags: Record<string, string> | undefined
}

/** By their names. What AWS does not know, or of which it has not told all, is not there. */
export interface AnswersBeside {
  parameterGroups: Map<string, Told<DescribedParameterGroup>>
  logGroups: Map<string, Told<DescribedLogGroup>>
  alarms: Map<string, Told<DescribedAlarm>>
}

/** One look at what is beside many groups: what AWS only lists as a whole is listed once. */
export interface LookBeside {
  /** No call for kinds of which there is no name. Changes of tags may take AWS a moment to be told here. */
  answers(names: NamesBeside): Promise<AnswersBeside>
}
