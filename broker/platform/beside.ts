import type { DescribedLogGroup } from '../../stacks/log-group/attributes.ts'
import type { DescribedAlarm } from '../../stacks/metric-alarm/attributes.ts'
import type { DescribedParameterGroup } from '../../stacks/parameter-group/attributes.ts'

/** The resources that instances have beside their groups, by AWS's names for them. */
export interface NamesBeside {
  parameterGroups: string[]
  logGroups: string[]
  alarms: string[]
}

/** All that a refresh would learn of one of them. */
export interface Tagged<Described> {
  described: Described
  /** Undefined: AWS doesn't tell them. */
  tags: Record<string, string> | undefined
}

/** The answers of AWS by names, without those that it does not know or has not told in full. */
export interface AnswersBeside {
  parameterGroups: Map<string, Tagged<DescribedParameterGroup>>
  logGroups: Map<string, Tagged<DescribedLogGroup>>
  alarms: Map<string, Tagged<DescribedAlarm>>
}

/** One look at what is beside many groups: what AWS only lists as a whole is listed once. */
export interface LookBeside {
  /** No call for kinds of which there is no name. Changes of tags may take AWS a moment to be told here. */
  answers(names: NamesBeside): Promise<AnswersBeside>
}
