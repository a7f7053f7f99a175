import type {StageInfo} from '../info/stage-info.ts'
import type {Windowing} from '../info/windowing.ts'
import {upstreamOf} from './walks.ts'

/** The windowings of a stage's inputs, in order; undefined where nothing upstream has set one. */
export function inputWindowings(info: StageInfo): readonly (Windowing | undefined)[] {
  return [...info.upstream].map(from => windowingThrough(from, info))
}

/**
 * The windowing of a stage's output: the one that it declares, or that of its (first) input. The links give it before anything is
 * read. Windows do not cross a foreign stream. A tagged output carries the windows of its owner's input.
 */
export function windowingOf(info: StageInfo): Windowing | undefined {
  // streams may be connected in a circle
  if (asked.has(info)) return undefined
  asked.add(info)
  try {
    const {owner, descriptor} = info
    if (!owner && descriptor.windowing) return descriptor.windowing(inputWindowings(info))
    const at = owner ?? info
    const [first] = at.upstream
    return first && windowingThrough(first, at)
  } finally {
    asked.delete(info)
  }
}

/** Stages that are being asked for their windowing. */
const asked = new Set<StageInfo>()

function windowingThrough(from: StageInfo, to: StageInfo): Windowing | undefined {
  return throughForeign(from, to) ? undefined : windowingOf(from)
}

/** Whether the output of `from` reaches `to` through a stream that is not a stage. */
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
