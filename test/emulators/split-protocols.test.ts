import {Client, credentials, type ServiceError} from '@grpc/grpc-js'
import {expect} from 'chai'
import {startLocalCloud} from '../../lib/emulators/index.ts'

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
})
