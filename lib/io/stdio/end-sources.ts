import {downstreamOf, type StageInfo, upstreamOf} from '../../core/index.ts'

/** What sources have that can end before their input does. */
interface EndsEarly {
  endEarly(): void
}

/** Asks those sources to end from which everything flows into this sink, when the sink takes no more. */
export function endSourcesOf(sink: StageInfo): void {
  for (const source of upstreamOf(sink)) {
    if (source.kind !== 'source' || source.upstream.size > 0 || !('endEarly' in source.stream)) continue
    const below = [...downstreamOf(source)]
    const onlyHere = below.every(stage => stage === sink || (stage.downstream.size > 0 && stage.foreign.size === 0))
    if (onlyHere) (source.stream as unknown as EndsEarly).endEarly()
  }
}
