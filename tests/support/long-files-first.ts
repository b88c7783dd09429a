import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take minutes: one that begins last leaves the other worker without anything to do. */
const long = [
  'tests/hashicorp/',
  'tests/faults/',
  'tests/broker/operator/adoption',
  'tests/broker/drift/sweep',
  'tests/broker/operator/commands',
  'tests/broker/osb/tuning',
  'tests/broker/osb/snapshots',
  'tests/broker/osb/rotation',
  'tests/broker/osb/update',
  'tests/end-to-end/',
  'tests/broker/orphans/',
]

/** Vitest's own order, by the durations of the run before or by size, behind the files that are known to take long. */
export default class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      const index = long.findIndex((path) => moduleId.includes(`/${path}`))
      return index < 0 ? long.length : index
    }
    return others.sort((one, other) => place(one) - place(other))
  }
}
