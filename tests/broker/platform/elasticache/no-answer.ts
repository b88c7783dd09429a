import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { awsClient } from '../../../../broker/platform/aws-client.ts'
import { elastiCache } from '../../../../broker/platform/elasticache.ts'

export function withoutAnswer(): void {
  describe('AWS does not answer', () => {
    /** Answers nothing at all until it is closed. */
    let silent: Server
    let before: string | undefined
    beforeAll(async () => {
      before = process.env.AWS_ENDPOINT_URL_ELASTICACHE
      silent = createServer(() => {}).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address() as { port: number }
      vi.stubEnv('AWS_ENDPOINT_URL_ELASTICACHE', `http://127.0.0.1:${port}`)
    })
    afterAll(() => {
      vi.stubEnv('AWS_ENDPOINT_URL_ELASTICACHE', before)
      silent.closeAllConnections()
      silent.close()
    })

    test('a call ends by itself', { timeout: 20_000 }, async () => {
      const impatient = elastiCache(
        awsClient('eu-central-1', { connectionTimeout: 200, requestTimeout: 200 }),
      )
      await expect(impatient.replicationGroup('cf-1')).rejects.toMatchObject({ name: 'TimeoutError' })
      impatient.close()
    })

    test('a call ends at once when it is told to', { timeout: 10_000 }, async () => {
      const patient = elastiCache(awsClient('eu-central-1'))
      const calls = [
        patient.replicationGroup('cf-1', AbortSignal.timeout(100)),
        patient.replicationGroups(AbortSignal.timeout(100)),
        patient.deleteReplicationGroup('cf-1', AbortSignal.timeout(100)),
      ]
      for (const call of calls) await expect(call).rejects.toMatchObject({ name: 'AbortError' })
      patient.close()
    })
  })
}
