import type {Consumers} from '../messages/consumers.ts'
import type {PushConfig} from './push-config.ts'
import {PushConsumer, type PushedFrom} from './push-consumer.ts'

/** The push consumer of a subscription, if it has one, among its consumers. */
export class Pushing {
  readonly #consumers: Consumers
  #consumer: PushConsumer | undefined

  constructor(consumers: Consumers) {
    this.#consumers = consumers
  }

  /** Pushes to the endpoint of a config, or to none, and no longer to the one before. */
  use(config: PushConfig | undefined, from: PushedFrom): void {
    if (this.#consumer) {
      this.#consumer.endWith()
      this.#consumers.remove(this.#consumer)
    }
    this.#consumer = config && new PushConsumer(config, from)
    if (!this.#consumer) return
    this.#consumers.add(this.#consumer)
    from.schedule()
  }
}
