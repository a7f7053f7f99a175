import type {Server as HttpServer} from 'node:http'
import {createServer as createHttp2Server} from 'node:http2'
import {createServer, type Server, type Socket} from 'node:net'

const PREFACE = Buffer.from('PRI * HTTP/2')
/** gRPC's UNIMPLEMENTED. */
const UNIMPLEMENTED = '12'

/**
 * A listener that hands HTTP/1.1 to `http` and answers every gRPC call with UNIMPLEMENTED: a gRPC client that finds no
 * HTTP/2 connects again and again until its deadline, which is a minute for most of them.
 */
export function splitProtocols(http: HttpServer): Server {
  const grpc = createHttp2Server()
  grpc.on('sessionError', () => {})
  grpc.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    const message = `local emulator: ${headers[':path']} is not supported; this port serves REST (Pub/Sub has a port of its own, and BigQuery's Storage API is not there: read and write through REST)`
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        'grpc-status': UNIMPLEMENTED,
        'grpc-message': encodeURI(message),
      },
      {endStream: true},
    )
  })
  // As HTTP servers make theirs: without Nagle's delay, and answering clients that have ended their side.
  return createServer({allowHalfOpen: true, noDelay: true}, socket => {
    socket.on('error', () => {})
    firstBytes(socket, chunk => {
      const isHttp2 = chunk.subarray(0, PREFACE.length).equals(PREFACE.subarray(0, chunk.length))
      ;(isHttp2 ? grpc : http).emit('connection', socket)
    })
  })
}

/** Looks at the first bytes of a connection, and leaves them in it. */
function firstBytes(socket: Socket, use: (chunk: Buffer) => void): void {
  socket.once('readable', () => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return void socket.end()
    socket.unshift(chunk)
    use(chunk)
  })
}
