import { expect, test } from 'vitest'
import { CheckProvider } from '../../../broker/drift/check-provider.ts'
import { ProviderProcess } from '../../../broker/terraform/provider-process.ts'

test('a sweep that ends leaves the provider to the others, and the last one ends it', async () => {
  // Nobody attaches, so that none is started.
  const provider = new CheckProvider(() => new ProviderProcess({ program: 'none', environment: {} }))
  const first = provider.hold()
  provider.hold()
  await provider.release()
  expect(provider.hold()).toBe(first)
  await provider.release()
  await provider.release()
  expect(provider.hold()).not.toBe(first)
})
