import type {AckSender} from './ack-sender.ts'
import type {HeldMessage} from './held-message.ts'

/** Attempts to confirm a lease after transient refusals, as in Google's client. */
const TRIES = 3

/**
 * Confirms leases on an exactly-once subscription: only a message whose lease the service has confirmed may be handed on; any
 * other is redelivered, here or elsewhere. Responses are confirmed one after another, which keeps the order.
 */
export class Receipts {
  readonly #sender: AckSender
  readonly #deadline: () => number
  readonly #ours: (messages: readonly HeldMessage[]) => void
  readonly #lost: (messages: readonly HeldMessage[]) => void
  #last: Promise<void> = Promise.resolve()

  /** `ours` receives the confirmed messages, `lost` the others. */
  constructor(
    sender: AckSender,
    deadline: () => number,
    ours: (messages: readonly HeldMessage[]) => void,
    lost: (messages: readonly HeldMessage[]) => void,
  ) {
    this.#sender = sender
    this.#deadline = deadline
    this.#ours = ours
    this.#lost = lost
  }

  add(messages: readonly HeldMessage[]): void {
    // sent at once, judged in order
    const refused = this.#refused(messages)
    this.#last = this.#last.then(async () => {
      const ids = await refused
      this.#ours(messages.filter(({received}) => !ids.has(received.ackId)))
      const lost = messages.filter(({received}) => ids.has(received.ackId))
      if (lost.length > 0) this.#lost(lost)
    })
  }

  /** The ack ids that were not confirmed. */
  async #refused(messages: readonly HeldMessage[]): Promise<ReadonlySet<string>> {
    const refused = new Set<string>()
    let asked = messages.map(({received}) => received.ackId)
    for (let tries = 0; tries < TRIES && asked.length > 0; tries++) {
      const failures = await this.#sender.extend(asked, this.#deadline())
      if (!failures) continue
      for (const [id, how] of failures) if (how === 'permanent') refused.add(id)
      asked = asked.filter(id => failures.get(id) === 'transient')
    }
    for (const id of asked) refused.add(id)
    return refused
  }
}
