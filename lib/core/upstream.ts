import {finished, type Readable} from 'node:stream'
import {stageOf} from './brands.ts'
import {upstreamOf} from './links.ts'
import type {StageInfo} from './stage-info.ts'

/**
 * Calls back once with the first error of `stream` or of any stage of ours that feeds it: plain `pipe()` tells nobody.
 * A stream that closes before its end counts as failed.
 */
export function watchUpstream(stream: Readable, failed: (error: Error) => void): void {
  let told = false
  const tell = (error: Error | null | undefined) => {
    if (!error || told) return
    told = true
    failed(error)
  }
  finished(stream, {writable: false}, tell)
  const info = stageOf(stream)
  if (!info) return
  for (const stage of upstreamOf(info)) if (stage.stream !== stream) stage.stream.on('error', tell)
}

/** Destroys `stream`, and the stages that feed it as long as they feed nothing else that is still alive. */
export function destroyUpstream(stream: Readable, error: Error | null): void {
  // errors travel on from the one who destroys; without a listener this one would be an uncaught exception
  if (error) stream.on('error', ignore)
  if (!stream.destroyed) stream.destroy(error ?? undefined)
  const info = stageOf(stream)
  if (!info) return
  for (const above of info.upstream) {
    const source = above.stream as Readable
    if (!source.destroyed && !feedsSomethingElse(above)) destroyUpstream(source, error)
  }
}

function feedsSomethingElse(stage: StageInfo): boolean {
  if (stage.foreign.size > 0) return true
  for (const next of stage.downstream) if (!next.stream.destroyed) return true
  return false
}

function ignore(): void {}
