import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { InstanceContext } from '../model/instance-context.ts'
import type { Platform } from '../platform/platform.ts'
import { type Naming, replicationGroupId } from './naming.ts'
import type { StackSpecs } from './stack-specs.ts'

/** For all calls of AWS together: the platform waits for the answer meanwhile. */
const timeoutMs = 10_000

/**
 * Brings new names into the tags of an instance's group, and changes nothing else: a deploy would bring along all
 * that the stack has become since. The state learns of it when it is refreshed next. What fails is only logged,
 * since the next deploy sets the tags too.
 * @param instance as it was before
 */
export async function retag(
  { naming, specs, platform, log }: { naming: Naming; specs: StackSpecs; platform: Platform; log: Log },
  instance: Instance,
  context: InstanceContext,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const before = specs.of(instance).tags
    const after = Object.entries(specs.of({ ...instance, context }).tags)
    const changed = after.filter(([name, value]) => before[name] !== value)
    if (changed.length === 0) return
    const group = await platform.replicationGroup(replicationGroupId(naming, instance), signal)
    if (group) await platform.addTags(group, Object.fromEntries(changed), signal)
  } catch (err) {
    log.warn({ err, instance: instance.id }, 'new names are not in the tags on AWS before the next deploy')
  }
}
