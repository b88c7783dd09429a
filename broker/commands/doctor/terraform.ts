import { existsSync } from 'node:fs'
import { programEnvironment } from '../../terraform/environment.ts'
import { inspectMirror } from '../../terraform/provider-mirror.ts'
import { requireTerraform, terraformVersion } from '../../terraform/version.ts'
import { about, type Check } from './check.ts'

export const terraform: Check = {
  subject: 'Terraform',
  async run({ STATE_BACKEND }) {
    const { ok, failed } = about('Terraform')
    const least = STATE_BACKEND === 's3' ? '1.10' : '1.9'
    const who = STATE_BACKEND === 's3' ? 'States in S3' : 'The stacks'
    try {
      await requireTerraform(least, who)
    } catch (error) {
      return failed((error as Error).message, 'Install it, or run: PLATFORM=aws node broker/setup/main.mjs')
    }
    return ok(`${await terraformVersion(programEnvironment())}, ${least} or newer is needed`)
  },
}

export const provider: Check = {
  subject: 'AWS provider',
  run(settings) {
    const { ok, warning, failed } = about('AWS provider')
    if (settings.PLATFORM === 'local') return ok('the one for one machine, which comes with the project')
    const { AWS_PROVIDER_VERSION: version, AWS_PROVIDER_MIRROR: given } = settings
    const fetch = `npx redis-broker fetch-provider${given ? ` ${given}` : ''}`
    const { unpackedIn, packedIn, others } = inspectMirror(settings)
    if (unpackedIn) return ok(`${version} is there, unpacked, in ${unpackedIn}`)
    if (packedIn) return warning(`${version} is there, packed, in ${packedIn}`, 'The first start unpacks it.')
    const has = others.length > 0 ? `, it has ${others.join(', ')}` : ''
    if (given && !existsSync(given))
      return failed(`AWS_PROVIDER_MIRROR ${given} is not there`, `Fetch it: ${fetch}`)
    if (given) return failed(`${given} lacks version ${version}${has}`, `Fetch it: ${fetch}`)
    return warning(
      `${version} is not there yet`,
      `The first start fetches it from HashiCorp's registry. Without a way there: ${fetch}, on another machine.`,
    )
  },
}
