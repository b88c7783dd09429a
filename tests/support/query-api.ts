import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Pem } from '../../stacks/local-aws/secret-file.ts'

export interface QueryRequest {
  action: string
  parameters: URLSearchParams
  /** The access key that it is signed with. */
  key: string
}

export interface QueryAnswer {
  status?: number
  body: string
  type?: string
}

/** The answers, by action. */
export type QueryAnswers = Record<string, (request: QueryRequest) => QueryAnswer>

/**
 * Speaks as much of AWS's Query protocol as a test says. What it does not say is refused.
 * @param tls what it speaks TLS with; without it plain HTTP
 */
export async function queryApi(answers: QueryAnswers, tls?: Pem) {
  const requests: QueryRequest[] = []
  const listener: RequestListener = async (incoming, response) => {
    let text = ''
    for await (const chunk of incoming) text += chunk
    const parameters = new URLSearchParams(text)
    const action = parameters.get('Action') ?? ''
    const key = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? '')?.[1] ?? ''
    const request = { action, parameters, key }
    requests.push(request)
    const {
      status = 200,
      body,
      type = 'text/xml',
    } = answers[action]?.(request) ?? fault(400, 'InvalidAction')
    response.writeHead(status, { 'Content-Type': type }).end(body)
  }
  const server = tls
    ? createTlsServer({ key: tls.privateKey, cert: tls.certificate }, listener)
    : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http${tls ? 's' : ''}://127.0.0.1:${port}`,
    requests,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export function fault(status: number, code: string): QueryAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>refused</Message></Error>`
  return { status, body: `<ErrorResponse>${error}<RequestId>r</RequestId></ErrorResponse>` }
}

export function result(action: string, content: string): QueryAnswer {
  const metadata = '<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>'
  return {
    body: `<${action}Response><${action}Result>${content}</${action}Result>${metadata}</${action}Response>`,
  }
}

/** As STS tells who asks. */
export function callerIdentity(account: string): QueryAnswer {
  const arn = `arn:aws:iam::${account}:user/broker`
  const content = `<Arn>${arn}</Arn><UserId>AIDA</UserId><Account>${account}</Account>`
  return result('GetCallerIdentity', content)
}
