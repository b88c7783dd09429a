import { stackFingerprint } from '../../stacks/fingerprint.ts'
import type { Instance } from '../instances/instance.ts'
import type { StackSpecs } from '../provisioner/stack-specs.ts'

/** The fingerprints of instances' stacks, as they would be rendered now. Each is rendered once, until it changes. */
export class Fingerprints {
  readonly #specs: StackSpecs
  readonly #directory: string
  readonly #known = new Map<string, { spec: string; fingerprint: string }>()

  /** @param directory for cdktf, which writes nothing into it */
  constructor(specs: StackSpecs, directory: string) {
    this.#specs = specs
    this.#directory = directory
  }

  /** @throws Error when the instance's plan is no longer in the catalog */
  async of(instance: Instance): Promise<string> {
    const spec = this.#specs.of(instance)
    const text = JSON.stringify(spec)
    const known = this.#known.get(instance.id)
    if (known?.spec === text) return known.fingerprint
    const fingerprint = await stackFingerprint(spec, this.#directory)
    this.#known.set(instance.id, { spec: text, fingerprint })
    return fingerprint
  }

  /** Forgets what is gone. */
  keepOnly(ids: Set<string>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
  }
}
