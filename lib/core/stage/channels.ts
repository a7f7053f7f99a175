import {channel} from 'node:diagnostics_channel'
import type {StageMetrics} from './info/metrics.ts'
import type {StageInfo} from './info/stage-info.ts'

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

/** What a run of a Pipeline publishes about itself: one object per run, the same in all of its messages. */
export interface RunInfo {
  /** Name of the pipeline. */
  readonly pipeline: string
  readonly startedAt: Date
  /** Its steps, then the stages inside steps, with the names used in its metrics. */
  readonly stages: readonly {readonly name: string; readonly info: StageInfo}[]
}

/** Message on `sluice:run`: the run of a Pipeline has started, was asked to drain, has ended, has failed or was cancelled. */
export interface RunMessage {
  run: RunInfo
  event: 'start' | 'drain' | 'end' | 'error'
  /** What the run rejects with; `ERR_SLUICE_CANCELLED` when it was cancelled. */
  error?: unknown
}

/** Message on `sluice:request`: a request of a batching sink was answered or has failed; every attempt counts. */
export interface RequestMessage {
  stage: string
  info: StageInfo
  /** Rows or messages in the request. */
  items: number
  durationMs: number
  /** What the call failed with; undefined for an answer, even one that refuses rows. */
  error?: unknown
}

/**
 * The `diagnostics_channel`s that stages (in a plain `stream.pipeline` too) and runs of a Pipeline publish on. A channel without
 * subscribers costs nothing.
 */
export const channels = {
  bundle: channel('sluice:bundle'),
  request: channel('sluice:request'),
  run: channel('sluice:run'),
  stage: channel('sluice:stage'),
  standstill: channel('sluice:standstill'),
} as const

/** Announces that a stage starts, ends or fails. */
export function publishStage(info: StageInfo, event: StageMessage['event'], error?: unknown): void {
  if (channels.stage.hasSubscribers) channels.stage.publish({stage: info.name, event, info, error})
}
