import type {Readable} from 'node:stream'
import {SluiceError} from '../../../errors/index.ts'
import type {Target} from '../info/descriptor.ts'
import type {StageInfo} from '../info/stage-info.ts'
import {carriesLeases, feedersAndFed, isCheckpointed, upstreamOf} from './walks.ts'

/** Throws ERR_SLUICE_LEASE when values of a leased source come through `from`, and stops that source. */
export function refuseLeased(from: StageInfo): void {
  if (!carriesLeases(from)) return
  stopUnread(from, stage => stage.leased)
  throw leaseError(from)
}

/** Why a message source cannot feed a foreign stream, and what to do instead. */
export function leaseError(from: StageInfo): SluiceError {
  if (isCheckpointed(from))
    return new SluiceError(
      'ERR_SLUICE_LEASE',
      `${from.name} carries records that the checkpoint counts as done only when they are committed, and a stream that is ` +
        'not a sluice stage cannot report when that happens. Use parDo(fn) instead of the foreign stream, wrap a 1:1 Transform in ' +
        'track(transform), or run without `checkpoint`',
      {stage: from.name},
    )
  return new SluiceError(
    'ERR_SLUICE_LEASE',
    `${from.name} carries messages that are acknowledged only after they are committed, and a stream that is not a ` +
      'sluice stage cannot report when that happens. Use parDo(fn) instead of the foreign stream, wrap a 1:1 Transform in ' +
      "track(transform), or read with ack: 'manual' (messages carry ack() and nack()) or ack: 'on-read'",
    {stage: from.name},
  )
}

/** Refuses a chain whose connectors point partly to emulators and partly to Google Cloud. */
export function checkTargets(stage: StageInfo): void {
  const found: {stage: StageInfo; target: Target}[] = []
  for (const s of feedersAndFed(stage)) {
    const target = s.target?.()
    if (!target) continue
    if (s.allowMixedTargets) return
    if (!target.explicit) found.push({stage: s, target})
  }
  assertSameTarget(found)
}

/** Throws what a stage of this chain declares as the reason why it must not run. */
export function checkRefusals(stage: StageInfo): void {
  for (const {descriptor} of feedersAndFed(stage)) {
    const refusal = descriptor.refuse?.()
    if (refusal) throw refusal
  }
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

/** Destroys sources upstream of a refused link: one that is already piped would start reading on the next tick. */
export function stopUnread(from: StageInfo, which: (stage: StageInfo) => boolean): void {
  for (const stage of upstreamOf(from) as Set<StageInfo & {stream: Readable}>)
    if (which(stage) && stage.stream.readableFlowing && !stage.stream.readableDidRead) stage.stream.destroy()
}
