import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { renderStacks, stackDirectory } from '../../../stacks/render.ts'
import { goldenStacks } from '../../support/golden.ts'

/** After a change of the stack that is meant: `npm run vitest -- tests/broker/provisioner/golden.test.ts -u`. */
test.each(Object.entries(goldenStacks()))('the stack of %s is as it is on record', async (name, spec) => {
  const directory = await mkdtemp(join(tmpdir(), 'golden-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await renderStacks([spec], directory)
  const rendered = JSON.parse(readFileSync(join(stackDirectory(directory, spec.name), 'cdk.tf.json'), 'utf8'))
  const file = new URL(`../../golden/${name}.tf.json`, import.meta.url).pathname
  await expect(`${JSON.stringify(rendered, null, 2)}\n`).toMatchFileSnapshot(file)
})
