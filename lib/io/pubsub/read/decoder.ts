import {type DeadLetter, isThenable, type StageInfo, toDeadLetter} from '../../../core/index.ts'
import {SluiceError} from '../../../errors/index.ts'
import {jsonValue} from '../../../formats/index.ts'
import type {HeldMessage} from '../leases/held-message.ts'
import {attributeOf} from '../messages/attribute-of.ts'
import {PubSubMessage} from '../messages/pubsub-message.ts'
import {publishTimeOf} from '../messages/timestamps.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'
import type {Decode, PubSubReadConfig} from './options.ts'

/** A message of a source with `ack: 'manual'`: it stays out until one of these is called. */
export class ManualMessage<T = Buffer> extends PubSubMessage<T> {
  readonly #held: Pick<HeldMessage, 'release' | 'giveBack'>

  constructor(
    parts: ConstructorParameters<typeof PubSubMessage<T>>[0],
    held: Pick<HeldMessage, 'release' | 'giveBack'>,
  ) {
    super(parts)
    this.#held = held
  }

  /** It is handled: the service forgets it. Later calls of either change nothing. */
  ack(): void {
    this.#held.release()
  }

  /** It could not be handled: the service delivers it again, at once. */
  nack(): void {
    this.#held.giveBack()
  }
}

/** What became of a message: an element, or the reason why it is none. */
type Decoded = {readonly element: unknown} | {readonly reject: DeadLetter<PubSubMessage>}

type DecoderConfig = Pick<PubSubReadConfig, 'decode' | 'numbers' | 'withAttributes' | 'timestampAttribute'>

/** Makes elements of messages, by the options. */
export class Decoder {
  readonly #decode: Decode
  readonly #config: DecoderConfig
  readonly #info: StageInfo
  readonly #text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

  constructor(config: DecoderConfig, info: StageInfo) {
    this.#decode = config.decode
    this.#config = config
    this.#info = info
  }

  /** True when every message is an element, as it is. */
  get isPlain(): boolean {
    return this.#decode === 'buffer' && !this.#config.withAttributes && this.#config.timestampAttribute === undefined
  }

  /** True when there can be messages that are no elements. */
  get rejects(): boolean {
    return this.#decode !== 'buffer' || this.#config.timestampAttribute !== undefined
  }

  /**
   * @param timestamp the event time; NaN is a reject
   * @param manual makes elements that can be acknowledged by hand
   */
  take(received: ReceivedMessage, timestamp: number, manual?: ConstructorParameters<typeof ManualMessage>[1]): Decoded {
    const {timestampAttribute, withAttributes} = this.#config
    const {message} = received
    if (Number.isNaN(timestamp)) {
      const given = attributeOf(message.attributes, timestampAttribute ?? '')
      const what = given === undefined ? 'is missing' : `is '${given}'`
      return this.#reject(
        received,
        new Error(
          `attribute '${timestampAttribute}' ${what}; it must be milliseconds since the epoch, or a time in RFC 3339 that exists`,
        ),
      )
    }
    let data: unknown
    try {
      data = this.#data(received)
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'ERR_SLUICE_OPTION') throw error
      return this.#reject(received, error)
    }
    if (!withAttributes) return {element: data}
    const parts = partsOf(received, data)
    return {element: manual ? new ManualMessage(parts, manual) : new PubSubMessage(parts)}
  }

  #data(received: ReceivedMessage): unknown {
    const {data} = received.message
    switch (this.#decode) {
      case 'buffer':
        return data
      case 'text':
        return this.#text.decode(data)
      case 'json': {
        const value = jsonValue(this.#text.decode(data), this.#config.numbers)
        // null would end a Node stream
        if (value === null) throw new Error('the data is null')
        return value
      }
      default: {
        const value = this.#decode(data, new PubSubMessage(partsOf(received, data)))
        if (value === null || value === undefined) throw new Error(`decode() gave ${value}; filter messages in a DoFn`)
        if (isThenable(value)) {
          const {name} = this.#info
          value.then(undefined, () => {})
          throw new SluiceError(
            'ERR_SLUICE_OPTION',
            `${name}: option \`decode\` answers with a promise; give a synchronous function, and do the rest in a DoFn`,
            {stage: name},
          )
        }
        return value
      }
    }
  }

  #reject(received: ReceivedMessage, error: unknown): Decoded {
    const {name, clock} = this.#info
    const message = new PubSubMessage(partsOf(received, received.message.data))
    return {reject: toDeadLetter(message, error, name, clock.now())}
  }
}

function partsOf<T>({message, deliveryAttempt}: ReceivedMessage, data: T) {
  const published = publishTimeOf(message)
  return {
    data,
    attributes: message.attributes,
    id: message.messageId,
    publishTime: Number.isNaN(published) ? undefined : new Date(published),
    orderingKey: message.orderingKey,
    deliveryAttempt: deliveryAttempt > 0 ? deliveryAttempt : undefined,
  }
}
