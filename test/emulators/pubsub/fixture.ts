import {type Message, PubSub, type Subscription, type Topic, v1} from '@google-cloud/pubsub'
import {type LocalCloud, type LocalCloudOptions, startLocalCloud} from '../../../lib/emulators/index.ts'

export {until} from '../../support/until.ts'

/** What a test of the local Pub/Sub works with: the topic `my-topic` with the subscription `my-sub`, back at the start each time. */
export interface Fixture {
  cloud: LocalCloud
  pubsub: PubSub
  subscriber: v1.SubscriberClient
  topic: Topic
  subscription: Subscription
  /** Moves the clock and has done what is due then. */
  pass(ms: number): void
  /** Only moves the clock. */
  move(ms: number): void
  publish(...data: string[]): Promise<string[]>
  /** Pulls what is there at once, as `[ackId, data]`. */
  pull(name?: string): Promise<[string, string][]>
  ack(...ackIds: string[]): Promise<unknown>
  modify(seconds: number, ...ackIds: string[]): Promise<unknown>
}

export const START = Date.UTC(2024, 5, 15, 12)
const DETECTION = 'METADATA_SERVER_DETECTION'

export function usePubSub(options: LocalCloudOptions = {}): Fixture {
  const fixture = {} as Fixture
  let time = START
  const saved = process.env[DETECTION]
  before(async () => {
    process.env[DETECTION] = 'none'
    fixture.cloud = await startLocalCloud({services: ['pubsub'], clock: {now: () => time}, ...options})
    fixture.pubsub = new PubSub(fixture.cloud.clientOptions.pubsub)
    type Config = ConstructorParameters<typeof v1.SubscriberClient>[0]
    fixture.subscriber = new v1.SubscriberClient((await fixture.pubsub.getClientConfig()) as Config)
  })
  beforeEach(async () => {
    await fixture.cloud.reset()
    time = START
    ;[fixture.topic] = await fixture.pubsub.createTopic('my-topic')
    ;[fixture.subscription] = await fixture.topic.createSubscription('my-sub')
    fixture.cloud.log.clear()
  })
  afterEach(() => fixture.subscription.close())
  after(async () => {
    await Promise.all([fixture.subscriber.close(), fixture.pubsub.close()])
    await fixture.cloud.close()
    if (saved === undefined) delete process.env[DETECTION]
    else process.env[DETECTION] = saved
  })
  const name = 'projects/local-project/subscriptions/my-sub'
  fixture.move = ms => {
    time += ms
  }
  fixture.pass = ms => {
    fixture.move(ms)
    fixture.cloud.pubsub.tick()
  }
  fixture.publish = (...data) => Promise.all(data.map(one => fixture.topic.publishMessage({data: Buffer.from(one)})))
  fixture.pull = async (subscription = name) => {
    const [{receivedMessages}] = await fixture.subscriber.pull({
      subscription,
      maxMessages: 1000,
      returnImmediately: true,
    })
    return receivedMessages!.map(({ackId, message}) => [ackId!, Buffer.from(message!.data as Uint8Array).toString()])
  }
  fixture.ack = (...ackIds) => fixture.subscriber.acknowledge({subscription: name, ackIds})
  fixture.modify = (ackDeadlineSeconds, ...ackIds) =>
    fixture.subscriber.modifyAckDeadline({subscription: name, ackIds, ackDeadlineSeconds})
  return fixture
}

/** Waits for so many messages of a listening subscription, its data as text. */
export function listen(subscription: Subscription, count: number, on?: (message: Message) => void): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const all: string[] = []
    subscription.on('error', reject)
    subscription.on('message', (message: Message) => {
      on?.(message)
      if (all.push(message.data.toString()) === count) resolve(all)
    })
  })
}

/** What a promise rejects with; gRPC errors have a `code`. */
export async function failure(promise: Promise<unknown>): Promise<Error & {code?: number | string}> {
  try {
    await promise
  } catch (error) {
    return error as Error & {code?: number | string}
  }
  throw new Error('expected a rejection')
}
