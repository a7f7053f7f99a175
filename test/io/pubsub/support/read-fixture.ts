import type {Readable} from 'node:stream'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {type Logger, type Source, silentLogger} from '../../../../lib/core/index.ts'
import {type LocalCloud, type LocalCloudOptions, startLocalCloud} from '../../../../lib/emulators/index.ts'
import {type PubSubReadOptions, type PubSubTags, readFromPubSub} from '../../../../lib/io/pubsub/index.ts'
import {FakeClock} from '../../../../lib/testing/index.ts'

export {until} from '../../../support/until.ts'

export const SUBSCRIPTION = 'projects/local-project/subscriptions/my-sub'
const DETECTION = 'METADATA_SERVER_DETECTION'

/** A local Pub/Sub whose clock is the sources' clock, with the topic `my-topic` and the subscription `my-sub`. */
export interface ReadFixture {
  cloud: LocalCloud
  pubsub: PubSub
  topic: Topic
  clock: FakeClock
  /** Warnings of sources made with `source()`. */
  warnings: string[]
  /** A source of `my-sub` on the fake clock. */
  source(options?: Partial<PubSubReadOptions>): Source<never, PubSubTags>
  publish(
    ...messages: (string | {data?: string; attributes?: Record<string, string>; orderingKey?: string})[]
  ): Promise<string[]>
  /** Lets time go by, second by second, with what it sets off over the network. */
  pass(seconds: number): Promise<void>
  stats(): {unacked: number; outstanding: number; consumers: number}
  /** Calls of one kind in the request log. */
  calls(name: string): number
}

export function useReading(options: LocalCloudOptions & {subscription?: object} = {}): ReadFixture {
  const fixture = {} as ReadFixture
  const saved = process.env[DETECTION]
  const {subscription = {}, ...cloudOptions} = options
  const made: Readable[] = []
  before(async () => {
    process.env[DETECTION] = 'none'
    fixture.clock = new FakeClock(Date.UTC(2024, 5, 15, 12))
    fixture.cloud = await startLocalCloud({services: ['pubsub'], clock: fixture.clock, ...cloudOptions})
    fixture.pubsub = new PubSub(fixture.cloud.clientOptions.pubsub)
  })
  beforeEach(async () => {
    await fixture.cloud.reset()
    fixture.warnings = []
    ;[fixture.topic] = await fixture.pubsub.createTopic('my-topic')
    await fixture.topic.createSubscription('my-sub', subscription)
    fixture.topic = fixture.pubsub.topic('my-topic', {messageOrdering: true, batching: {maxMilliseconds: 0}})
    fixture.cloud.log.clear()
  })
  afterEach(async () => {
    for (const stream of made.splice(0)) if (!stream.closed) await closed(stream)
  })
  after(async () => {
    await fixture.pubsub.close()
    await fixture.cloud.close()
    if (saved === undefined) delete process.env[DETECTION]
    else process.env[DETECTION] = saved
  })
  const logger: Logger = {
    ...silentLogger,
    warn: message => void fixture.warnings.push(message),
    error: message => void fixture.warnings.push(message),
  }
  Object.assign(fixture, {
    source(options: Partial<PubSubReadOptions> = {}) {
      const origin = options.topic === undefined ? {subscription: 'my-sub'} : {}
      const given = {...origin, client: fixture.pubsub, logger, ...options}
      const source = readFromPubSub(given) as Source<never, PubSubTags>
      made.push(source)
      return fixture.clock.attach(source)
    },
    async publish(...messages: Parameters<ReadFixture['publish']>) {
      const ids: string[] = []
      for (const message of messages) {
        const {data = '', ...rest} = typeof message === 'string' ? {data: message} : message
        ids.push(await fixture.topic.publishMessage({data: Buffer.from(data), ...rest}))
      }
      return ids
    },
    async pass(seconds: number) {
      for (let s = 0; s < seconds; s++) {
        await fixture.clock.advance('1s')
        fixture.cloud.pubsub.tick()
        // a call of another client comes back only when what was sent before has been taken
        await fixture.topic.exists()
      }
    },
    stats: () => fixture.cloud.pubsub.stats(SUBSCRIPTION)!,
    calls: (name: string) => fixture.cloud.log.of({call: `pubsub.${name}`}).length,
  } satisfies Partial<ReadFixture>)
  return fixture
}

function closed(stream: Readable): Promise<void> {
  return new Promise(resolve => {
    stream.on('error', () => {})
    stream.once('close', resolve)
    stream.destroy(new Error('the test is over'))
  })
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error & {code?: string}> {
  try {
    await promise
  } catch (error) {
    return error as Error & {code?: string}
  }
  throw new Error('expected a rejection')
}
