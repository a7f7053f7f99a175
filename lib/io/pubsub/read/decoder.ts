import {type DeadLetter, isThenable, type StageInfo, toDeadLetter} from '../../../core/index.ts'
import {SluiceError} from '../../../errors/index.ts'
import {jsonValue} from '../../../formats/index.ts'
import type {HeldMessage} from '../leases/held-message.ts'
import {attributeOf} from '../messages/attribute-of.ts'
import {PubSubMessage} from '../messages/pubsub-message.ts'
import {publishTimeOf} from '../messages/timestamps.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'
import type {Decode, PubSubReadConfig} from './options.ts'

/** A message of a source with `ack: 'manual'`: it stays outstanding until `ack()` or `nack()` is called. */
export class ManualMessage<T = Buffer> extends PubSubMessage<T> {
  readonly #held: Pick<HeldMessage, 'release' | 'giveBack'>

  constructor(
    parts: ConstructorParameters<typeof PubSubMessage<T>>[0],
    held: Pick<HeldMessage, 'release' | 'giveBack'>,
  ) {
    super(parts)
    this.#held = held
  }

  /** Acknowledges the message. Later calls of `ack()` or `nack()` have no effect. */
  ack(): void {
    this.#held.release()
  }

  /** Gives the message back: the service redelivers it at once. */
  nack(): void {
    this.#held.giveBack()
  }
}

/** The outcome of decoding a message: an element, or a reject with the reason. */
type Decoded = {readonly element: unknown} | {readonly reject: DeadLetter<PubSubMessage>}

type DecoderConfig = Pick<PubSubReadConfig, 'decode' | 'numbers' | 'withAttributes' | 'timestampAttribute'>

/** Turns messages into elements, as the options say. */
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

  /** True if every message becomes an element unchanged. */
  get isPlain(): boolean {
    return this.#decode === 'buffer' && !this.#config.withAttributes && this.#config.timestampAttribute === undefined
  }

  /** True if messages can be rejected. */
  get rejects(): boolean {
    return this.#decode !== 'buffer' || this.#config.timestampAttribute !== undefined
  }

  /**
   * @param timestamp the event time; NaN rejects the message
   * @param manual makes elements that are acknowledged manually
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
          `attribute '${timestampAttribute}' ${what}; it must be milliseconds since the epoch, or a valid RFC 3339 time`,
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
        if (value === null || value === undefined)
          throw new Error(`decode() returned ${value}; filter messages in a DoFn`)
        if (isThenable(value)) {
          const {name} = this.#info
          value.then(undefined, () => {})
          throw new SluiceError(
            'ERR_SLUICE_OPTION',
            `${name}: option \`decode\` returned a promise; give a synchronous function, and do asynchronous work in a DoFn`,
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
