// Sets up what the project needs on this machine: `node broker/setup/main.mjs`, with the word `test` for what
// only the tests need. Plain JavaScript for Node 20 without packages, since it runs before anything is installed.

import { ensureLoopbackAddresses } from './loopback.mjs'
import { ensureNginx } from './nginx.mjs'
import { checkNode } from './node.mjs'
import { ensurePackages } from './packages.mjs'
import { ensurePostgres } from './postgres.mjs'
import { ensureRedis } from './redis.mjs'
import { ensureTerraform } from './terraform.mjs'

const forTests = process.argv[2] === 'test'

/** On AWS nothing of the broker's runs a Redis server of its own. */
const runsRedis = forTests || process.env.PLATFORM !== 'aws'

try {
  // What this machine may lack for good comes before the download that takes a minute. Terraform comes last,
  // because `npm ci` empties the directory that it is linked into.
  checkNode()
  if (runsRedis) {
    ensureRedis()
    ensureLoopbackAddresses()
  }
  if (forTests) {
    ensurePostgres()
    ensureNginx()
  }
  await ensurePackages(forTests)
  await ensureTerraform()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
