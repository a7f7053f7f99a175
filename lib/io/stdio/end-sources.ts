import {downstreamOf, type StageInfo, upstreamOf} from '../../core/index.ts'

/** Sinks that take no more. */
const sated = new WeakSet<StageInfo>()

/** Asks those sources to end from which nothing flows elsewhere than into this sink and others that take no more. */
export function endSourcesOf(sink: StageInfo): void {
  sated.add(sink)
  for (const source of upstreamOf(sink)) {
    if (source.kind !== 'source' || source.upstream.size > 0) continue
    const below = [...downstreamOf(source)]
    const useless = below.every(stage => sated.has(stage) || (stage.downstream.size > 0 && stage.foreign.size === 0))
    // by name: a source of another copy of the package, and perhaps of an older one
    if (useless) (source.stream as {endEarly?(): void}).endEarly?.()
  }
}
