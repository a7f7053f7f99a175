import {once} from 'node:events'
import {createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream} from 'node:http2'
import type {AddressInfo} from 'node:net'

/** One call: the message that was sent, and what to answer over. */
export interface GrpcCall {
  readonly stream: ServerHttp2Stream
  /** Protobuf, without gRPC's frame. */
  readonly request: Buffer
}

export type AnswerGrpc = (call: GrpcCall) => void

/** A gRPC server that answers as the test says, byte for byte; the next answer of a method, or the last one for ever. */
export class FakeGrpc {
  readonly #server: Http2Server = createServer()
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #answers = new Map<string, AnswerGrpc[]>()
  /** Methods that were called. */
  readonly called: string[] = []

  static async start(): Promise<FakeGrpc> {
    const fake = new FakeGrpc()
    fake.#server.on('session', session => {
      fake.#sessions.add(session)
      session.on('close', () => fake.#sessions.delete(session))
      session.on('error', () => {})
    })
    fake.#server.on('stream', (stream, headers) => void fake.#handle(stream, String(headers[':path'])))
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Answers calls of a method, such as `Publish`, one after the other. */
  answer(method: string, ...answers: AnswerGrpc[]): void {
    this.#answers.set(method, answers)
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #handle(stream: ServerHttp2Stream, path: string): Promise<void> {
    stream.on('error', () => {})
    const method = path.replace(/^.*\//, '')
    this.called.push(method)
    const request = await firstMessage(stream)
    const answers = this.#answers.get(method) ?? [status(12)]
    const next = answers.length > 1 ? answers.shift()! : answers[0]!
    if (!stream.destroyed) next({stream, request})
  }
}

/** A stream may stay open behind its first message. */
async function firstMessage(stream: ServerHttp2Stream): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  return new Promise(resolve => {
    stream.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1))
        resolve(bytes.subarray(5, 5 + bytes.readUInt32BE(1)))
    })
    stream.on('end', () => resolve(bytes.subarray(5)))
  })
}

/** Answers with a message and a status. */
export function message(body: Buffer, code = 0, trailers: Record<string, string> = {}): AnswerGrpc {
  return ({stream}) => {
    stream.respond({':status': 200, 'content-type': 'application/grpc+proto'}, {waitForTrailers: true})
    stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': String(code), ...trailers}))
    const head = Buffer.alloc(5)
    head.writeUInt32BE(body.length, 1)
    stream.end(Buffer.concat([head, body]))
  }
}

/** Answers with a status alone. */
export function status(code: number, trailers: Record<string, string> = {}): AnswerGrpc {
  return ({stream}) => {
    stream.respond(
      {':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code), ...trailers},
      {endStream: true},
    )
  }
}

/** Answers with a page, as what knows no gRPC does. */
export function page(httpStatus: number, headers: Record<string, string> = {}): AnswerGrpc {
  return ({stream}) => {
    stream.respond({':status': httpStatus, 'content-type': 'text/html', ...headers})
    stream.end('<html>Sign in to the network</html>', () => stream.close())
  }
}

/** A field of protobuf with text or bytes. */
export function field(number: number, value: string | Buffer): Buffer {
  const body = Buffer.from(value as string)
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}

/** A `google.rpc.Status` with a `RetryInfo`, as trailers. */
export function retryInfo(code: number, seconds: number): Record<string, string> {
  const info = field(1, Buffer.concat([Buffer.from([8]), varint(seconds)]))
  const any = Buffer.concat([field(1, 'type.googleapis.com/google.rpc.RetryInfo'), field(2, info)])
  const details = Buffer.concat([Buffer.from([8]), varint(code), field(3, any)])
  return {'grpc-status-details-bin': details.toString('base64')}
}
