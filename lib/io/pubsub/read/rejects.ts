import {Bundle, type DeadLetter, ListIds, type Outlet} from '../../../core/index.ts'
import type {HeldMessage} from '../leases/held-message.ts'
import type {PubSubMessage} from '../messages/pubsub-message.ts'
import {publishTimeOf} from '../messages/timestamps.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'

/** The tag of messages that can't be decoded. */
export const REJECTS = 'rejects'

/** Tagged outputs of a source that can reject messages. */
export interface PubSubTags {
  /** Rejected messages, with the reason. */
  rejects: DeadLetter<PubSubMessage>
}

/** A rejected message. */
export interface Rejected {
  readonly received: ReceivedMessage
  readonly key: string
  readonly reject: DeadLetter<PubSubMessage>
}

/** Makes a bundle of rejected messages; if the rejects are not read, throws and names the first. */
export function setAside(
  outlet: Outlet,
  prefix: string,
  leases: HeldMessage[] | undefined,
  bad: readonly Rejected[],
): Bundle<DeadLetter<PubSubMessage>> {
  if (!outlet.claims(REJECTS)) {
    const {received, reject} = bad[0]!
    const which = received.message.messageId ? `message ${received.message.messageId}` : 'a message'
    outlet.unclaimed(REJECTS, reject, new Error(`${which}: ${reject.error}`))
  }
  return new Bundle(
    bad.map(({reject}) => reject),
    {
      ids: new ListIds(
        prefix,
        bad.map(({key}) => key),
      ),
      timestamps: Float64Array.from(bad, ({received}) => publishTimeOf(received.message) || 0),
      leases,
    },
  )
}
