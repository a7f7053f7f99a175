import {channels} from '../../stage/channels.ts'
import type {Host} from './host.ts'

/** Counts a processed bundle and publishes it to monitors; outputs are counted when they are pushed. */
export function countBundle(host: Pick<Host, 'name' | 'kind' | 'metrics'>, taken: number, given: number): void {
  host.metrics.in += taken
  host.metrics.bundles++
  publishBundle(host, taken, given)
}

/** Publishes to monitors how many elements went in and out since the last message. */
export function publishBundle(
  {name, kind, metrics}: Pick<Host, 'name' | 'kind' | 'metrics'>,
  taken: number,
  given: number,
): void {
  if (channels.bundle.hasSubscribers) channels.bundle.publish({stage: name, kind, in: taken, out: given, metrics})
}
