import {createServer} from 'node:http'
import {Duplex} from 'node:stream'
import {setImmediate} from 'node:timers/promises'
import {Client, credentials, type ServiceError} from '@grpc/grpc-js'
import {expect} from 'chai'
import {splitProtocols} from '../../../lib/emulators/http/split-protocols.ts'
import {startLocalCloud} from '../../../lib/emulators/index.ts'
import {deferred} from '../../../lib/util/index.ts'

const METHOD = '/google.cloud.bigquery.storage.v1.BigQueryRead/CreateReadSession'

/** The error of a gRPC call, without retries. */
function call(target: string): Promise<ServiceError | null> {
  const client = new Client(target, credentials.createInsecure())
  const same = (bytes: Buffer) => bytes
  return new Promise(resolve => {
    client.makeUnaryRequest(METHOD, same, same, Buffer.alloc(0), {deadline: Date.now() + 60_000}, error => {
      client.close()
      resolve(error)
    })
  })
}

describe('local cloud: gRPC on a port that does not serve it', () => {
  it("answers UNIMPLEMENTED to a client of BigQuery's Storage API at once, on the port of REST and on that of Pub/Sub", async () => {
    const cloud = await startLocalCloud()
    try {
      const rest = await call(cloud.url.replace('http://', ''))
      expect(rest?.code).to.equal(12)
      expect(rest?.details).to.match(/BigQueryRead\/CreateReadSession is not supported/)
      expect((await call(String(cloud.env.PUBSUB_EMULATOR_HOST)))?.code).to.equal(12)
      expect((await fetch(`${cloud.url}/storage/v1/b?project=p`)).status).to.equal(200)
    } finally {
      await cloud.close()
    }
  })

  it('takes a request for HTTP/1.1 whatever piece of it comes first, also one that begins like the preface of HTTP/2', async () => {
    const http = createServer((request, response) => void response.end(`got ${request.method}`))
    for (const method of ['PATCH', 'POST', 'PUT', 'PROPFIND', 'GET'])
      for (const cut of [1, 2, 3, 20]) {
        const request = `${method} /storage/v1/b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`
        const ended = deferred<string>()
        let answer = ''
        const socket = new Duplex({
          read() {},
          write: (chunk, _, done) => {
            answer += chunk
            done()
          },
          final: () => ended.resolve(answer),
        })
        splitProtocols(http).emit('connection', socket)
        socket.push(request.slice(0, cut))
        await setImmediate()
        socket.push(request.slice(cut))
        expect(await ended.promise, `${method}, cut at ${cut}`).to.match(new RegExp(`got ${method}`))
      }
  })
})
