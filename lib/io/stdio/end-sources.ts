import {downstreamOf, type StageInfo, upstreamOf} from '../../core/index.ts'

/** Sinks whose reader has gone. */
const sated = new WeakSet<StageInfo>()

/** Ends the sources that feed only this sink and others whose reader has gone. */
export function endSourcesOf(sink: StageInfo): void {
  sated.add(sink)
  for (const source of sourcesOf(sink)) {
    // by name: the source may belong to another copy of the package, perhaps an older one
    if (isUseless(source)) (source.stream as {endEarly?(): void}).endEarly?.()
  }
}

/** A message source of this sink that continues for other sinks. */
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
