import type {StageInfo} from '../info/stage-info.ts'
import type {Windowing} from '../info/windowing.ts'
import {upstreamOf} from './walks.ts'

/** The windowings of what a stage takes in, one for each input; undefined where nothing upstream has set one. */
export function inputWindowings(info: StageInfo): readonly (Windowing | undefined)[] {
  return [...info.upstream].map(from => (throughForeign(from, info) ? undefined : windowingOf(from)))
}

/**
 * The windowing of what a stage hands on: what it declares, or that of its (first) input. It is known from the links, before anything
 * is read. Windows do not cross a foreign stream. A tagged output carries the windows of its owner's input.
 */
export function windowingOf(info: StageInfo): Windowing | undefined {
  const {owner, descriptor} = info
  const inputs = inputWindowings(owner ?? info)
  return owner || !descriptor.windowing ? inputs[0] : descriptor.windowing(inputs)
}

/** Whether what `from` hands on comes to `to` through a stream that is not a stage. */
export function throughForeign(from: StageInfo, to: StageInfo): boolean {
  for (const stream of to.foreignSources) if ((from.foreign as ReadonlySet<object>).has(stream)) return true
  return false
}

/** Whether everything upstream of a stage is connected: it can be traced to sources, or to streams that are not stages. */
export function hasSources(info: StageInfo): boolean {
  for (const stage of upstreamOf(info)) {
    const {kind, upstream, foreignSources} = stage
    if (kind !== 'source' && upstream.size === 0 && foreignSources.size === 0) return false
  }
  return true
}
