import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'
import type * as protobufjs from 'protobufjs'

// An import would look for the names of its exports in each of its files first: 0.03 CPU s of each start.
const protobuf: typeof protobufjs = createRequire(import.meta.url)('protobufjs')

type Message = Record<string, unknown>

/**
 * A service of one of the `.proto` files here. The loader that usually stands between grpc-js and protobufjs also
 * describes every message for reflection: 0.02 CPU s of each start of the provider.
 * @param name with its package, such as `tfplugin6.Provider`
 */
export function serviceOf(file: string, name: string): ServiceDefinition {
  const root = new protobuf.Root().loadSync(join(import.meta.dirname, file), { keepCase: true })
  const { methodsArray } = root.resolveAll().lookupService(name)
  return Object.fromEntries(methodsArray.map((method) => [method.name, definitionOf(method, name)]))
}

function definitionOf(method: protobufjs.Method, service: string): MethodDefinition<Message, Message> {
  const [request, response] = [codecOf(method.resolvedRequestType), codecOf(method.resolvedResponseType)]
  return {
    path: `/${service}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
  }
}

function codecOf(type: protobufjs.Type | null) {
  if (!type) throw new Error('A message is missing in the protocol files.')
  return {
    serialize: (message: Message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    deserialize: (bytes: Buffer): Message =>
      type.toObject(type.decode(bytes), { longs: Number, enums: String }),
  }
}
