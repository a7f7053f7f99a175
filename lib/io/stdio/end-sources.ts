import {downstreamOf, type StageInfo, upstreamOf} from '../../core/index.ts'

/** Sinks that take no more. */
const sated = new WeakSet<StageInfo>()

/** Asks those sources to end from which nothing flows elsewhere than into this sink and others that take no more. */
export function endSourcesOf(sink: StageInfo): void {
  sated.add(sink)
  for (const source of sourcesOf(sink)) {
    // by name: a source of another copy of the package, and perhaps of an older one
    if (isUseless(source)) (source.stream as {endEarly?(): void}).endEarly?.()
  }
}

/** A message source of this sink, which takes no more, that goes on for other sinks. */
export function messagesGoOn(sink: StageInfo): StageInfo | undefined {
  return sourcesOf(sink).find(source => source.leased && !isUseless(source))
}

function sourcesOf(sink: StageInfo): StageInfo[] {
  return [...upstreamOf(sink)].filter(stage => stage.kind === 'source' && stage.upstream.size === 0)
}

function isUseless(source: StageInfo): boolean {
  return [...downstreamOf(source)].every(
    stage => sated.has(stage) || (stage.downstream.size > 0 && stage.foreign.size === 0),
  )
}
