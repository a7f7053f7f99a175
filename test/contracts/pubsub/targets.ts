import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {type Message, PubSub, type Subscription, type Topic, v1} from '@google-cloud/pubsub'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'

/** Google's emulator, or another server, that the suite runs against as well. Read before a test sets the variable. */
const GIVEN = process.env['PUBSUB_EMULATOR_HOST']

const DETECTION = 'METADATA_SERVER_DETECTION'

type CreateOptions = NonNullable<Parameters<Topic['createSubscription']>[1]> & object

/** A message as a unary pull gives it. */
export interface Pulled {
  ackId: string
  data: string
  id: string
  attributes: Record<string, string>
  orderingKey: string
  attempt: number
}

/** A server under test, driven by the official client. */
export interface Target {
  pubsub: PubSub
  subscriber: v1.SubscriberClient
  publisher: v1.PublisherClient
  /** Lets time go by. */
  pass(ms: number): Promise<void>
  /** A name that no other test has. */
  name(): string
  topic(options?: object): Promise<Topic>
  subscription(topic: Topic, options?: CreateOptions): Promise<Subscription>
  publish(
    topic: Topic,
    ...messages: (string | {data?: string; attributes?: Record<string, string>; orderingKey?: string})[]
  ): Promise<string[]>
  /** Pulls until so many messages have come. */
  pull(subscription: Subscription, count: number): Promise<Pulled[]>
  /** Pulls what is there at once. */
  pullNow(subscription: Subscription): Promise<Pulled[]>
  ack(subscription: Subscription, ...messages: Pulled[]): Promise<void>
  /** Sets the deadline in seconds from now; 0 is a nack. */
  modify(subscription: Subscription, seconds: number, ...messages: Pulled[]): Promise<void>
}

/** Defines one case; `wrong` says why Google's emulator does not pass it, by Google's own documentation. */
type Case = (title: string, body: (target: Target) => Promise<void>, options?: {wrong?: string}) => void

/** Keeps the clients from looking for a metadata server while the suite runs. */
export function withoutMetadataServer(): void {
  let saved: string | undefined
  before(() => {
    saved = process.env[DETECTION]
    process.env[DETECTION] = 'none'
  })
  after(() => {
    if (saved === undefined) delete process.env[DETECTION]
    else process.env[DETECTION] = saved
  })
}

/** Runs the cases on the local cloud, and on the server that `PUBSUB_EMULATOR_HOST` names. */
export function contract(title: string, define: (promise: Case) => void): void {
  describe(`contract of Pub/Sub, ${title}`, () => {
    withoutMetadataServer()
    describe('local cloud', () => {
      const target = useLocal()
      define((name, body) => it(name, () => body(target)))
    })
    if (GIVEN)
      describe(`server at PUBSUB_EMULATOR_HOST=${GIVEN}`, () => {
        const target = useGiven(GIVEN)
        define((name, body, {wrong} = {}) => {
          // Without a body mocha lists the case as pending, under this name.
          if (wrong) it(`${name} [not run, Google's emulator is wrong: ${wrong}]`)
          else it(name, () => body(target)).timeout(120_000)
        })
      })
  })
}

function useLocal(): Target {
  const target = {} as Target
  let cloud: LocalCloud
  let time = Date.UTC(2024, 5, 15, 12)
  before(async () => {
    cloud = await startLocalCloud({services: ['pubsub'], clock: {now: () => time}})
    await connect(target, cloud.pubsub.host)
    target.pass = async ms => {
      time += ms
      cloud.pubsub.tick()
    }
  })
  after(async () => {
    await disconnect(target)
    await cloud.close()
  })
  return target
}

function useGiven(host: string): Target {
  const target = {} as Target
  before(async () => {
    await connect(target, host)
    // Its timers are not exact.
    target.pass = ms => sleep(ms + 500)
  })
  after(() => disconnect(target))
  return target
}

async function disconnect(target: Target): Promise<void> {
  await Promise.all([target.subscriber.close(), target.publisher.close(), target.pubsub.close()])
}

async function connect(target: Target, host: string): Promise<void> {
  const pubsub = new PubSub({projectId: 'local-project', apiEndpoint: host, emulatorMode: true})
  const config = (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0]
  const subscriber = new v1.SubscriberClient(config)
  const pullOnce = async (name: string, maxMessages: number, returnImmediately: boolean) => {
    const [{receivedMessages}] = await subscriber.pull({subscription: name, maxMessages, returnImmediately})
    return (receivedMessages ?? []).map(({ackId, message, deliveryAttempt}) => ({
      ackId: ackId!,
      data: Buffer.from(message!.data as Uint8Array).toString(),
      id: message!.messageId!,
      attributes: {...message!.attributes},
      orderingKey: message!.orderingKey!,
      attempt: deliveryAttempt!,
    }))
  }
  Object.assign(target, {
    pubsub,
    subscriber,
    publisher: new v1.PublisherClient(config),
    name: () => `t-${randomBytes(8).toString('hex')}`,
    topic: async options => (await pubsub.createTopic({name: target.name(), ...options}))[0],
    subscription: async (topic, options = {}) => (await topic.createSubscription(target.name(), options))[0],
    async publish(topic, ...messages) {
      const wire = messages.map(message => {
        const {data = '', ...rest} = typeof message === 'string' ? {data: message} : message
        return {data: Buffer.from(data), ...rest}
      })
      const [{messageIds}] = await target.publisher.publish({topic: topic.name, messages: wire})
      return messageIds!
    },
    async pull({name}, count) {
      const all: Pulled[] = []
      while (all.length < count) all.push(...(await pullOnce(name, count - all.length, false)))
      return all
    },
    pullNow: ({name}) => pullOnce(name, 1000, true),
    async ack({name}, ...messages) {
      await subscriber.acknowledge({subscription: name, ackIds: messages.map(one => one.ackId)})
    },
    async modify({name}, ackDeadlineSeconds, ...messages) {
      const ackIds = messages.map(one => one.ackId)
      await subscriber.modifyAckDeadline({subscription: name, ackIds, ackDeadlineSeconds})
    },
  } satisfies Partial<Target>)
}

/** The data of messages, in their order. */
export function dataOf(messages: readonly {data: string | Buffer}[]): string[] {
  return messages.map(({data}) => data.toString())
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

/** Waits for so many messages of a listening subscription. */
export function listen(subscription: Subscription, count: number, on?: (message: Message) => void): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    const all: Message[] = []
    subscription.on('error', reject)
    subscription.on('message', (message: Message) => {
      on?.(message)
      if (all.push(message) === count) resolve(all)
    })
  })
}
