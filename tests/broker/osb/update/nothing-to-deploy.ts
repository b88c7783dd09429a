import { describe, expect, test, vi } from 'vitest'
import { maintenanceVersion } from '../../../../broker/catalog/catalog.ts'
import { instanceBody } from '../../../support/broker.ts'
import type { Site } from './site.ts'

export function nothingToDeploy({ broker, now, patch, group }: Site): void {
  describe('a request that changes nothing', () => {
    test.each<[string, (version: string) => object]>([
      ['what is the same anyway', () => ({})],
      ['the same version spelled out', (version) => ({ parameters: { engine_version: version } })],
      ['no plan and no parameters', () => ({ plan_id: undefined, parameters: undefined })],
      [
        'nulls',
        () => ({
          plan_id: null,
          parameters: null,
          context: null,
          previous_values: null,
          maintenance_info: null,
        }),
      ],
      [
        'the maintenance_info of the catalog, with its description',
        () => ({ maintenance_info: { version: maintenanceVersion, description: 'any' } }),
      ],
    ])('with %s: 200 {}', async (_, more) => {
      const { status, body } = await patch({ more: more((await now()).version) })
      expect({ status, body }).toEqual({ status: 200, body: {} })
    })

    test('only another name, when the platform does not wait: 200', async () => {
      const context = { ...instanceBody().context, instance_name: 'renamed' }
      const { status, body } = await patch({ more: { context } }, '')
      expect({ status, body }).toEqual({ status: 200, body: {} })
      expect((await patch({ more: { context } })).status).toBe(200)
    })
  })

  test('only another name, when the platform waits: 200 too, and it is in the tags on AWS', async () => {
    const context = { ...instanceBody().context, instance_name: 'renamed-again' }
    const before = await group()
    expect(await patch({ more: { context } })).toMatchObject({ status: 200, body: {} })
    expect(await group()).toEqual({
      ...before,
      tags: { ...before?.tags, 'Instance name': 'renamed-again' },
    })
  })

  test('another name while AWS takes no tags: 200, and the next deploy brings it', async () => {
    const before = await group()
    const fault = 'InvalidReplicationGroupState'
    await broker().aws((aws) =>
      aws.setBehaviour({ faults: [{ call: 'addTagsToResource', fault, times: 1 }] }),
    )
    const context = { ...instanceBody().context, instance_name: 'renamed-late' }
    expect(await patch({ more: { context } })).toMatchObject({ status: 200, body: {} })
    expect(await group()).toMatchObject({ tags: before?.tags })
    // What a process prints may come later than what it answers.
    await vi.waitFor(() => expect(broker().output).toContain('new names are not in the tags on AWS'))
  })
}
