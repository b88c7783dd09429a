import type { ElastiCacheClient } from '@aws-sdk/client-elasticache'

/**
 * Refuses web pages, such as a proxy's, as answers of AWS. The SDK takes one that comes with status 200 for an answer
 * without content: a group would seem to be gone, or its deletion to have begun.
 */
export function refuseHtml(client: ElastiCacheClient): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request)
      const { headers } = result.response as { headers: Record<string, string | undefined> }
      if (/html/i.test(headers['content-type'] ?? '')) {
        throw new Error(
          'What answers in place of AWS is a web page: see AWS_ENDPOINT_URL, and what is between here and AWS.',
        )
      }
      return result
    },
    // Before the SDK reads it.
    { step: 'deserialize', priority: 'low', name: 'refuseHtml' },
  )
}
