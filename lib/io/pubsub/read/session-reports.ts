import type {StageInfo} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import {formatDuration} from '../../../util/index.ts'
import type {PubSubError} from '../service/pubsub-error.ts'

/** Failures to reach the service are logged once they have lasted this long, ms. */
const QUIET = 10_000

/** Counts and logs the events of a session. */
export class SessionReports {
  readonly #info: StageInfo
  readonly #subscription: string

  constructor(info: StageInfo, subscription: string) {
    this.#info = info
    this.#subscription = subscription
    Object.assign(info.metrics.extra, {streamsReplaced: 0, lostAcks: 0})
  }

  /** A silent stream has been replaced. */
  replaced(): void {
    const {name, log, metrics} = this.#info
    metrics.extra['streamsReplaced']!++
    log.warn(`${name}: a stream of ${this.#subscription} was silent for 5 minutes and is replaced`, {stage: name})
  }

  streamFailed(error: PubSubError, pause: number, downFor: number): void {
    const {name, log, metrics} = this.#info
    metrics.extra['retries']!++
    if (downFor < QUIET) return
    log.warn(
      `${name}: ${this.#subscription} could not be read for ${formatDuration(downFor)} (${messageOf(error)}); trying again ` +
        `in ${formatDuration(pause)}`,
      {stage: name, downForMs: downFor},
    )
  }

  lostAcks(lost: number, why: string): void {
    const {name, log, metrics} = this.#info
    metrics.extra['lostAcks']! += lost
    log.warn(
      `${name}: ${lost} ${lost === 1 ? 'acknowledgement was' : 'acknowledgements were'} not taken (${why}); these messages ` +
        'will be delivered again',
      {stage: name, lost},
    )
  }
}
