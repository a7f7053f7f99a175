import type {Readable, Writable} from 'node:stream'
import {SluiceError} from '../../errors/index.ts'
import {stageOf} from './brands.ts'
import type {Target} from './info/descriptor.ts'
import type {StageInfo} from './info/stage-info.ts'
import type {SideEnds} from './info/stage-links.ts'

/** Our stages that feed a foreign stream, and those that it feeds: so walks cross one foreign stream. */
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
  if (reaches(to, stage => stage.foreign.size > 0)) refuseLeased(from)
  join(from, to)
}

/** Links two stages; a refusal leaves no link. */
function join(from: StageInfo, to: StageInfo): void {
  const known = from.downstream.has(to)
  link(from, to)
  // what belongs to a sink that nothing feeds yet is checked together with it
  if (from.owner && !isFed(from.owner)) return
  try {
    checkTargets(to)
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

/** Every stage connected with these, themselves and tagged outputs included. */
export function connectedWith(stages: Iterable<StageInfo>): Set<StageInfo> {
  const all = new Set(stages)
  // a Set is visited in order of insertion, additions during the walk included
  for (const info of all)
    for (const next of [...info.upstream, ...info.downstream, ...(info.sides?.ends ?? [])]) all.add(next)
  return all
}

/** Every stage that feeds `stage`, itself included. */
export function upstreamOf(stage: StageInfo): Set<StageInfo> {
  return closure(stage, s => s.upstream)
}

/** Every stage that the main output of `stage` feeds, also through a side input. */
export function downstreamOfMain(stage: StageInfo): Set<StageInfo> {
  const found = new Set<StageInfo>()
  for (const next of stage.downstream)
    if (next.owner !== stage) for (const s of closure(next, withViewers)) found.add(s)
  return found
}

function* withViewers(stage: StageInfo): Iterable<StageInfo> {
  yield* stage.downstream
  if (stage.sideOf) yield* stage.sideOf
}

function* withSides(stage: StageInfo): Iterable<StageInfo> {
  yield* stage.upstream
  if (stage.sides) yield* stage.sides.ends
}

/** Every stage fed by `stage`, itself included, in order of connection. */
export function downstreamOf(stage: StageInfo): Set<StageInfo> {
  return closure(stage, s => s.downstream)
}

function closure(stage: StageInfo, next: (stage: StageInfo) => Iterable<StageInfo>): Set<StageInfo> {
  const seen = new Set([stage])
  // a Set is visited in order of insertion, additions during the walk included
  for (const s of seen) for (const n of next(s)) seen.add(n)
  return seen
}

function reaches(stage: StageInfo, test: (stage: StageInfo) => boolean): boolean {
  for (const s of downstreamOf(stage)) if (test(s)) return true
  return false
}

/** True when values of a leased source come through this stage. */
export function isLeased(stage: StageInfo): boolean {
  for (const s of upstreamOf(stage)) if (s.leased) return true
  return false
}

function refuseLeased(from: StageInfo): void {
  if (!isLeased(from)) return
  stopUnread(from, stage => stage.leased)
  throw leaseError(from)
}

/** After a refusal: a source that is already piped would start reading on the next tick. */
function stopUnread(from: StageInfo, which: (stage: StageInfo) => boolean): void {
  for (const stage of upstreamOf(from) as Set<StageInfo & {stream: Readable}>)
    if (which(stage) && stage.stream.readableFlowing && !stage.stream.readableDidRead) stage.stream.destroy()
}

/** True when the values of this stage count for the checkpoint of the run. */
export function isCheckpointed(stage: StageInfo): boolean {
  for (const s of upstreamOf(stage)) if (s.checkpointed) return true
  return false
}

/** Why a message source cannot feed a foreign stream, and what to do instead. */
export function leaseError(from: StageInfo): SluiceError {
  if (isCheckpointed(from))
    return new SluiceError(
      'ERR_SLUICE_LEASE',
      `${from.name} carries records that count as done for the checkpoint only when they are committed, and a stream that is ` +
        'not a sluice stage cannot say when that is. Use parDo(fn) instead of the foreign stream, wrap a 1:1 Transform in ' +
        'track(transform), or run without `checkpoint`',
      {stage: from.name},
    )
  return new SluiceError(
    'ERR_SLUICE_LEASE',
    `${from.name} carries messages that are acknowledged only after they are committed, and a stream that is not a ` +
      'sluice stage cannot say when that is. Use parDo(fn) instead of the foreign stream, wrap a 1:1 Transform in ' +
      "track(transform), or read with ack: 'manual' (messages carry ack() and nack()) or ack: 'on-read'",
    {stage: from.name},
  )
}

/** Makes every tagged output upstream watch what is connected downstream, so that a failing branch fails its owner. */
export function guardBranches(stage: StageInfo): void {
  for (const s of upstreamOf(stage)) if (s.owner) (s.stream as {guardBranch?: () => void}).guardBranch?.()
}

/**
 * What distinguishes the sinks of a job in ids: the name that the user or a Pipeline gave, else the sink's position among the
 * sinks of the same sources, in order of connection (the same in every run of the same program).
 */
export function sinkIdentity(sink: StageInfo): string {
  if (sink.named) return sink.name
  const sinks: StageInfo[] = []
  for (const stage of upstreamOf(sink))
    if (stage.upstream.size === 0)
      for (const s of downstreamOf(stage)) if (isSink(s) && !sinks.includes(s)) sinks.push(s)
  return `#${Math.max(0, sinks.indexOf(sink))}`
}

/** The end of a side input writes nothing. */
function isSink(stage: StageInfo): boolean {
  return stage.kind === 'sink' && !stage.sideOf
}

/** Refuses a chain whose connectors point partly to emulators and partly to Google Cloud. */
export function checkTargets(stage: StageInfo): void {
  const found: {stage: StageInfo; target: Target}[] = []
  for (const s of new Set([...closure(stage, withSides), ...closure(stage, withViewers)])) {
    const target = s.target?.()
    if (!target) continue
    if (s.allowMixedTargets) return
    if (!target.explicit) found.push({stage: s, target})
  }
  assertSameTarget(found)
}

/** Throws ERR_SLUICE_MIXED_TARGETS when some targets are local and others are not. */
export function assertSameTarget(found: readonly {stage: StageInfo; target: Target}[]): void {
  const local = found.filter(f => f.target.local)
  const real = found.filter(f => !f.target.local)
  if (local.length === 0 || real.length === 0) return
  const say = (list: typeof local) =>
    list.map(f => `${f.stage.name} (${f.target.service}, ${f.target.variable})`).join(', ')
  throw new SluiceError(
    'ERR_SLUICE_MIXED_TARGETS',
    `this job mixes an emulator with Google Cloud. To an emulator: ${say(local)}. To Google Cloud: ${say(real)}. ` +
      `Set ${real.map(f => f.target.variable).join(' and ')} too, or unset ${local.map(f => f.target.variable).join(' and ')}; ` +
      'or give allowMixedTargets: true if you mean it',
    {stage: real[0]!.stage.name},
  )
}
