import type {Bundle} from '../core/index.ts'
import {badOption, checkOptionNames} from '../errors/index.ts'
import {
  DEAD_LETTER_TOPIC_OPTIONS,
  type DeadLetterTopic,
  PubSubSink,
  type PubSubSinkOptions,
} from '../io/pubsub/index.ts'
import {factsOf} from './dead-letter-facts.ts'
import {toMessage} from './dead-letter-message.ts'
import {Served} from './serves.ts'

/** Publishes dead letters as {@link deadLetterMessage} makes them. */
export class DeadLetterTopicSink extends PubSubSink<unknown> {
  readonly #served: Served

  /** `inherited`: options of the sink that it serves, for those that `given` lacks. */
  constructor(where: string, given: DeadLetterTopic, inherited: Partial<PubSubSinkOptions>) {
    checkOptionNames(where, given, DEAD_LETTER_TOPIC_OPTIONS)
    if (typeof given.topic !== 'string') throw badOption(where, 'topic', given.topic, 'the name of a topic')
    const served = new Served()
    super({...inherited, ...given, name: where}, {derivedName: () => served.name})
    this.#served = served
  }

  override setup(): Promise<void> {
    this.#served.find(this.info)
    return super.setup()
  }

  override writeBundle(bundle: Bundle<unknown>): Promise<void> | void {
    const now = new Date(this.info.clock.now())
    const stage = this.#served.find(this.info)
    const messages = bundle.values.map(letter => toMessage(factsOf(letter, now, stage)))
    return super.writeBundle(bundle.withValues<unknown>(messages))
  }
}
