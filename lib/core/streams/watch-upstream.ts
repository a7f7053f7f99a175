import {finished, type Readable} from 'node:stream'
import {stageOf} from '../stage/brands.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {upstreamOf} from '../stage/links/walks.ts'
import {onError} from './on-error.ts'

/**
 * Calls back once with the first error of `stream` or of any stage of ours that feeds it, which plain `pipe()` does not report. A
 * stream that closes before its end counts as failed.
 *
 * @returns destroys `stream`, and the stages that feed it as long as they feed nothing else that is still alive
 */
export function watchUpstream(stream: Readable, failed: (error: Error) => void): (error: Error | null) => void {
  let told = false
  const tell = (error: Error | null | undefined) => {
    if (!error || told) return
    told = true
    failed(error)
  }
  finished(stream, {writable: false}, tell)
  const info = stageOf(stream)
  if (!info) return error => destroyQuietly(stream, error)
  // a stage that fails is unpiped before its error is emitted: by then the links are gone
  const links = new Map<StageInfo, StageInfo[]>()
  for (const stage of upstreamOf(info)) {
    links.set(stage, [...stage.upstream])
    if (stage.stream !== stream) onError(stage.stream, tell)
  }
  return error => destroyAll(info, links, error)
}

function destroyAll(last: StageInfo, links: ReadonlyMap<StageInfo, StageInfo[]>, error: Error | null): void {
  const doomed = new Set([last])
  // a Set is visited in order of insertion, additions during the walk included
  for (const stage of doomed) {
    destroyQuietly(stage.stream as Readable, error)
    for (const above of [...(links.get(stage) ?? []), ...stage.upstream])
      if (!feedsSomethingElse(above)) doomed.add(above)
  }
}

function feedsSomethingElse(stage: StageInfo): boolean {
  if (stage.foreign.size > 0) return true
  for (const next of stage.downstream) if (!next.stream.destroyed) return true
  return false
}

function destroyQuietly(stream: Readable, error: Error | null): void {
  if (stream.destroyed) return
  // the caller reports the error; without a listener it would be an uncaught exception here
  if (error) stream.on('error', () => {})
  stream.destroy(error ?? undefined)
}
