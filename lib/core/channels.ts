import {channel} from 'node:diagnostics_channel'
import type {StageMetrics} from './metrics.ts'
import type {StageInfo} from './stage-info.ts'

/** Message on `sluice:bundle`: one stage has processed one bundle. */
export interface BundleMessage {
  stage: string
  kind: 'source' | 'dofn' | 'sink'
  /** Values in and out with this bundle. */
  in: number
  out: number
  /** The stage's counts so far. */
  metrics: StageMetrics
}

/** Message on `sluice:standstill`: values have waited 30 s for an output that is not read, or for a side input. */
export interface StandstillMessage {
  stage: string
  /** `main` or the tag; `side.` and a name: a side input that elements wait for and that does not end. */
  output: string
  waitedMs: number
}

/** Message on `sluice:stage`: a stage has started, ended or failed. */
export interface StageMessage {
  stage: string
  event: 'start' | 'end' | 'error'
  /** The stage itself: name, kind, counts so far. */
  info: StageInfo
  error?: unknown
}

/** The `diagnostics_channel`s that every stage publishes on, plain `stream.pipeline` included. */
export const channels = {
  bundle: channel('sluice:bundle'),
  stage: channel('sluice:stage'),
  standstill: channel('sluice:standstill'),
} as const

/** Announces that a stage starts, ends or fails. */
export function publishStage(info: StageInfo, event: StageMessage['event'], error?: unknown): void {
  if (channels.stage.hasSubscribers) channels.stage.publish({stage: info.name, event, info, error})
}
