import {createServer, type Http2Server} from 'node:http2'
import {CODE} from '../wire/grpc-code.ts'

/** Answers every gRPC call with `UNIMPLEMENTED` and a message; needs no package for that. */
export function unservedServer(message: string): Http2Server {
  const server = createServer()
  server.on('stream', stream => {
    stream.on('error', () => {})
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        'grpc-status': String(CODE.UNIMPLEMENTED),
        'grpc-message': encodeURIComponent(message),
      },
      {endStream: true},
    )
  })
  server.on('sessionError', () => {})
  return server
}
