import type {Readable, Writable} from 'node:stream'
import {stageOf} from '../brands.ts'
import type {StageInfo} from '../info/stage-info.ts'
import type {SideEnds} from '../info/stage-links.ts'
import {checkRefusals, checkTargets, refuseLeased, stopUnread} from './link-refusals.ts'
import {leasesReach} from './walks.ts'

/** The stages that feed a foreign stream, and those that it feeds, so that links cross one foreign stream. */
const feeders = new WeakMap<object, Set<StageInfo>>()
const fed = new WeakMap<object, Set<StageInfo>>()

/** Records that `from` is being piped into `dest`; refuses links that would lose messages or mix real and local services. */
export function connect(from: StageInfo, dest: NodeJS.WritableStream): void {
  const to = stageOf(dest)
  if (!to) {
    refuseLeased(from)
    from.links.foreign.add(dest as Writable)
    add(feeders, dest, from)
    for (const next of fed.get(dest) ?? []) join(from, next)
    return
  }
  if (leasesReach(to, stage => stage.foreign.size > 0)) refuseLeased(from)
  join(from, to)
}

/** Links two stages; a refusal leaves no link. */
function join(from: StageInfo, to: StageInfo): void {
  const known = from.downstream.has(to)
  link(from, to)
  // the outputs of a sink that nothing feeds yet are checked together with it
  if (from.owner && !isFed(from.owner)) return
  try {
    checkTargets(to)
    checkRefusals(to)
  } catch (error) {
    if (!known) unlink(from, to)
    stopUnread(from, () => true)
    throw error
  }
}

function isFed({kind, upstream, foreignSources}: StageInfo): boolean {
  return kind !== 'sink' || upstream.size > 0 || foreignSources.size > 0
}

function add(map: WeakMap<object, Set<StageInfo>>, key: object, stage: StageInfo): void {
  map.set(key, (map.get(key) ?? new Set()).add(stage))
}

/** Records that a foreign stream is being piped into one of our stages. */
export function connectFromForeign(source: Readable, to: StageInfo): void {
  add(fed, source, to)
  const {foreignSources} = to.links
  foreignSources.add(source)
  source.once('close', () => foreignSources.delete(source))
  for (const from of feeders.get(source) ?? []) join(from, to)
  checkTargets(to)
  checkRefusals(to)
}

/** Our stages that a foreign stream is piped into. */
export function fedBy(source: object): Iterable<StageInfo> {
  return fed.get(source) ?? []
}

/** Forgets a connection. */
export function disconnect(from: StageInfo, dest: object): void {
  const to = stageOf(dest)
  if (to) return unlink(from, to)
  from.links.foreign.delete(dest as Writable)
  feeders.get(dest)?.delete(from)
}

function unlink(from: StageInfo, to: StageInfo): void {
  from.links.downstream.delete(to)
  to.links.upstream.delete(from)
}

/** A link that no pipe makes: a tagged output belongs to its owner, an input to its flatten. */
export function link(from: StageInfo, to: StageInfo): void {
  from.links.downstream.add(to)
  to.links.upstream.add(from)
}

/** Records the side inputs of a stage; once, in its constructor. */
export function linkSides(stage: StageInfo, sides: SideEnds<StageInfo> | undefined): void {
  Object.assign(stage.links, {sides})
}

/** Records that `viewer` reads the side input that ends in `end`. */
export function linkViewer(end: StageInfo, viewer: StageInfo): void {
  end.links.viewers?.add(viewer)
}
