import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {pipeline} from 'node:stream/promises'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../../lib/core/index.ts'
import {PubSubError, type PubSubWriteOptions, readFromPubSub, writeToPubSub} from '../../../../lib/io/pubsub/index.ts'
import {connectPubSub} from '../../../../lib/io/pubsub/service/pubsub-client.ts'
import {create} from '../../../../lib/transforms/index.ts'
import {failure, ManualClock} from '../../../batching/manual-clock.ts'
import {type AnswerGrpc, FakeGrpc, field, message, page, retryInfo, status, varint} from '../../../support/fake-grpc.ts'

describe('an answer that is not that of Pub/Sub', () => {
  let server: FakeGrpc
  let client: PubSub
  let clock: ManualClock
  const detection = process.env['METADATA_SERVER_DETECTION']
  before(() => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
  })
  after(() => {
    if (detection === undefined) delete process.env['METADATA_SERVER_DETECTION']
    else process.env['METADATA_SERVER_DETECTION'] = detection
  })
  beforeEach(async () => {
    server = await FakeGrpc.start()
    client = new PubSub({apiEndpoint: server.endpoint, projectId: 'p', emulatorMode: true})
    clock = new ManualClock()
    clock.skip = ms => ms !== 10_000
  })
  afterEach(async () => {
    await client.close()
    await server.close()
  })

  const sinkTo = (options: Partial<PubSubWriteOptions<string>> = {}) => {
    const sink = writeToPubSub<string>({topic: 't', client, logger: silentLogger, ...options})
    useClock(sink.info, clock)
    return sink
  }
  const write = async (options: Partial<PubSubWriteOptions<string>> = {}) => {
    const sink = sinkTo(options)
    await pipeline(create(['a', 'b', 'c']), sink)
    return sink.info.metrics.extra['rows']
  }
  const ids = (...all: string[]) => message(Buffer.concat(all.map(id => field(1, id))))
  const right = ids('1', '2', '3')

  const answers: [string, AnswerGrpc][] = [
    ['no ids', message(Buffer.alloc(0))],
    ['fewer ids than messages', ids('1', '2')],
    ['more ids than messages', ids('1', '2', '3', '4')],
    ['an empty id', ids('1', '', '3')],
    ['a message of another kind', message(field(7, 'subscription'))],
    ['bytes that are no message', message(Buffer.from([0xff, 0xff, 0xff]))],
    ['no message', status(0)],
    ['a page', page(200)],
    ...[302, 400, 404, 407, 429, 500, 502, 503, 511].map((code): [string, AnswerGrpc] => [
      `a page (${code})`,
      page(code),
    ]),
    ['a connection that closes', ({stream}) => stream.session!.destroy()],
    ['a stream that is reset', ({stream}) => stream.close(1)],
  ]
  for (const [what, answer] of answers)
    it(`publish: ${what}: the messages are published again`, async () => {
      server.answer('Publish', answer, right)
      expect(await write()).to.equal(3)
      expect(server.called.filter(method => method === 'Publish')).to.have.length(2)
    })

  it('publish: answers that stay wrong are an error that shows what came, and why it may be', async () => {
    server.answer('Publish', ids('1', '2'))
    const error = await failure(write({retryFor: '1m'}))
    expect(error).to.include({code: 'ERR_SLUICE_PUBSUB'})
    for (const part of ['publish', 'projects/p/topics/t', '3 message ids', '{"messageIds":["1","2"]}', 'proxy'])
      expect(error.message).to.include(part)
  })

  for (const code of [401, 403])
    it(`publish: a page that refuses (${code}) is not taken for a permission that is missing`, async () => {
      server.answer('Publish', page(code))
      const error = await failure(write())
      expect(error).to.include({code: 'ERR_SLUICE_PUBSUB'})
      expect(error.message).to.include(`HTTP status code ${code}`).and.include('proxy')
    })

  it('publish: a server that speaks HTTP/1.1 only is an error that says so', async () => {
    const web = createServer((_, response) => response.end('<html>Sign in</html>'))
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    const {port} = web.address() as AddressInfo
    const other = new PubSub({apiEndpoint: `127.0.0.1:${port}`, projectId: 'p', emulatorMode: true})
    const error = await failure(write({client: other, retryFor: '10s'}))
    expect(error).to.include({code: 'ERR_SLUICE_PUBSUB'})
    await other.close()
    web.closeAllConnections()
    web.close()
  })

  describe('that asks for a pause', () => {
    it('RetryInfo is kept', async () => {
      server.answer('Publish', status(8, retryInfo(8, 77)), right)
      expect(await write()).to.equal(3)
      expect(clock.skipped).to.include(77_000)
    })

    it('a longer pause than there is time for is an error that says so', async () => {
      server.answer('Publish', status(14, retryInfo(14, 86_400)))
      const error = await failure(write())
      expect(error).to.include({code: 'ERR_SLUICE_PUBSUB'})
      expect(error.message).to.match(/asks to wait (24 h|1 d|1440 m).*RetryInfo.*`retryFor`/)
      expect(server.called).to.deep.equal(['Publish'])
    })
  })

  it('streamingPull: a message without ack id, id or publish time is none: the stream is opened again', async () => {
    const time = field(4, Buffer.concat([Buffer.from([8]), varint(1_700_000_000)]))
    const received = (ackId: string, id: string) => {
      const content = Buffer.concat([field(1, 'data'), field(3, id), time])
      return field(1, Buffer.concat([...(ackId ? [field(1, ackId)] : []), field(2, content)]))
    }
    const open =
      (body: Buffer): AnswerGrpc =>
      ({stream}) => {
        stream.respond({':status': 200, 'content-type': 'application/grpc+proto'})
        const head = Buffer.alloc(5)
        head.writeUInt32BE(body.length, 1)
        stream.write(Buffer.concat([head, body]))
      }
    const noMessage = field(1, field(1, 'ack'))
    server.answer(
      'StreamingPull',
      open(received('', '1')),
      open(noMessage),
      open(field(1, Buffer.concat([field(1, 'ack'), field(2, field(3, '1'))]))),
      page(200),
      page(404),
      open(received('ack', '5')),
    )
    server.answer('Acknowledge', message(Buffer.alloc(0)))
    server.answer('ModifyAckDeadline', message(Buffer.alloc(0)))
    const source = readFromPubSub({subscription: 's', client, logger: silentLogger, ack: 'manual'})
    const got: string[] = []
    for await (const one of source as AsyncIterable<{id: string; ack(): void}>) {
      got.push(one.id)
      one.ack()
      break
    }
    expect(got).to.deep.equal(['5'])
    expect(server.called.filter(method => method === 'StreamingPull').length).to.be.at.least(6)
  }).timeout(60_000)

  it('createSubscription: another subscription is none', async () => {
    const port = await connectPubSub(client, undefined)
    server.answer('CreateSubscription', message(field(1, 'projects/p/subscriptions/other')))
    const error = await failure(
      port.createTemporarySubscription('projects/p/subscriptions/mine', 'projects/p/topics/t'),
    )
    expect(error).to.be.instanceOf(PubSubError)
    expect(error.message).to.include('createSubscription').and.include('subscriptions/other')
    await port.close()
  })
})
