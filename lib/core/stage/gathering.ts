import type {StageInfo} from './info/stage-info.ts'
import {upstreamOf} from './links/walks.ts'

/** The warning for a stage that gathers in vain: it already holds as many messages as the source may have outstanding. */
export function tooFewOutstanding(stage: string, gathers: number, source: StageInfo): string {
  return (
    `${stage} gathers ${gathers} elements (\`max\`), and ${source.name} has at most ${source.maxOutstanding} messages out ` +
    '(`maxOutstanding`) until they are acknowledged: each batch waits for its whole maxDelay. Give a smaller max, or a larger maxOutstanding'
  )
}

/** The message source upstream that may have no more messages outstanding than the stage holds. */
export function exhaustedSource(info: StageInfo, held: number): StageInfo | undefined {
  for (const source of upstreamOf(info))
    if (source.maxOutstanding !== undefined && held >= source.maxOutstanding) return source
  return undefined
}

/** Notes that somebody was warned that the stage gathers more than a source may have outstanding: once is enough. */
export function noteGathering(info: StageInfo): void {
  info.state.gatheringNoted = true
}
