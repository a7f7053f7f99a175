import type {StageInfo} from '../info/stage-info.ts'

/** Every stage connected with these, themselves and tagged outputs included. */
export function connectedWith(stages: Iterable<StageInfo>): Set<StageInfo> {
  return closure(stages, s => [...s.upstream, ...s.downstream, ...(s.sides?.ends ?? [])])
}

/** Every stage that feeds `stage`, itself included. */
export function upstreamOf(stage: StageInfo): Set<StageInfo> {
  return closure([stage], s => s.upstream)
}

/** Every stage fed by `stage`, itself included, in order of connection. */
export function downstreamOf(stage: StageInfo): Set<StageInfo> {
  return closure([stage], s => s.downstream)
}

/** Every stage that the main output of `stage` feeds, also through a side input. */
export function downstreamOfMain(stage: StageInfo): Set<StageInfo> {
  const found = new Set<StageInfo>()
  for (const next of stage.downstream)
    if (next.owner !== stage) for (const s of closure([next], withViewers)) found.add(s)
  return found
}

/** Every stage that feeds `stage` or that it feeds, also through side inputs, itself included. */
export function feedersAndFed(stage: StageInfo): Set<StageInfo> {
  return new Set([...closure([stage], withSides), ...closure([stage], withViewers)])
}

function closure(from: Iterable<StageInfo>, next: (stage: StageInfo) => Iterable<StageInfo>): Set<StageInfo> {
  const seen = new Set(from)
  // a Set is visited in insertion order, including what is added during the walk
  for (const s of seen) for (const n of next(s)) seen.add(n)
  return seen
}

function* withViewers(stage: StageInfo): Iterable<StageInfo> {
  yield* stage.downstream
  if (stage.sideOf) yield* stage.sideOf
}

function* withSides(stage: StageInfo): Iterable<StageInfo> {
  yield* stage.upstream
  if (stage.sides) yield* stage.sides.ends
}

/** True when `test` holds for a stage that leases may reach from `stage`, or for itself. */
export function leasesReach(stage: StageInfo, test: (stage: StageInfo) => boolean): boolean {
  const reached = closure([stage], s => (s.descriptor.acknowledges ? [] : s.downstream))
  for (const s of reached) if (!s.descriptor.acknowledges && test(s)) return true
  return false
}

/** True if values of a leased source come through this stage. */
export function isLeased(stage: StageInfo): boolean {
  for (const s of unacknowledged(stage)) if (s.leased) return true
  return false
}

/** True if the values of this stage count for the checkpoint of the run. */
export function isCheckpointed(stage: StageInfo): boolean {
  for (const s of unacknowledged(stage)) if (s.checkpointed) return true
  return false
}

/** True if what this stage emits carries the leases of a source. */
export function carriesLeases(stage: StageInfo): boolean {
  return !stage.descriptor.acknowledges && isLeased(stage)
}

/** The stages whose leases may reach this one. */
function unacknowledged(stage: StageInfo): Set<StageInfo> {
  return closure([stage], s => (s.descriptor.acknowledges && s !== stage ? [] : s.upstream))
}

/** Makes every tagged output upstream watch what is connected to it, so that a failing branch fails its owner. */
export function guardBranches(stage: StageInfo): void {
  for (const s of upstreamOf(stage)) if (s.owner) (s.stream as {guardBranch?: () => void}).guardBranch?.()
}

/**
 * What tells the sinks of a job apart in ids: the name given by the user or a Pipeline, else the sink's position among the
 * sinks of the same sources, in order of connection, which is the same in every run of a program.
 */
export function sinkIdentity(sink: StageInfo): string {
  if (sink.named) return sink.name
  const sinks: StageInfo[] = []
  for (const stage of upstreamOf(sink))
    if (stage.upstream.size === 0)
      for (const s of downstreamOf(stage)) if (isSink(s) && !sinks.includes(s)) sinks.push(s)
  return `#${Math.max(0, sinks.indexOf(sink))}`
}

/** The end of a side input is a sink too, but writes nothing. */
function isSink(stage: StageInfo): boolean {
  return stage.kind === 'sink' && !stage.sideOf
}
