import { expect, test } from 'vitest'
import { requireTerraform } from '../../../broker/terraform/version.ts'

test.each(['0.99', '1.0', '1.9'])('the Terraform that is there is recent enough for %s', async (least) => {
  await expect(requireTerraform(least, 'States')).resolves.toBeUndefined()
})

test.each(['1.999', '2.0', '99.1'])('it is not for %s, and operators get to know', async (least) => {
  await expect(requireTerraform(least, 'States in S3')).rejects.toThrow(
    new RegExp(`^States in S3 need Terraform ${least} or newer on the PATH\\. There is 1\\.\\d+\\.\\d+\\.$`),
  )
})
