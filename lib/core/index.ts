export {Bundle, type BundleParts, isBundle} from './bundle/bundle.ts'
export {freeze} from './bundle/freeze.ts'
export {DerivedIds, type Ids, ListIds, OffsetIds, PrefixedIds, SequenceIds} from './bundle/ids.ts'
export {GroupLease, type Lease, nackAll, releaseAll} from './bundle/lease.ts'
export {OutputBuilder} from './bundle/output-builder.ts'
export {notPlain} from './bundle/plain-data.ts'
export {originOf} from './bundle/record-origin.ts'
export type {RecordKeeper, RecordOrigin, SourceHeader, SourceRecord} from './bundle/source-record.ts'
export {checkTimestamp, isTimestamped, type Timestamped, timestamped, tooEarly} from './bundle/timestamped.ts'
export {
  type BoundedWindow,
  boundedWindow,
  GLOBAL_WINDOW,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type PaneInfo,
  paneInfo,
  sameWindows,
  UNKNOWN_PANE,
  type WindowSlot,
} from './bundle/window.ts'
export type {ElementOutputs, ElementRules} from './processing/elements/element-rules.ts'
export {
  type DeadLetter,
  type DeadLetterPolicy,
  deadLetter,
  errorPolicy,
  type OnError,
  toDeadLetter,
} from './processing/elements/error-policy.ts'
export {type CallKind, isThenable, returnQuietly} from './processing/elements/results.ts'
export {countBundle} from './processing/ports/count-bundle.ts'
export type {Outlet} from './processing/ports/outlet.ts'
export {InputWatermarks} from './processing/watermarks/input-watermarks.ts'
export {type WatermarkHold, WatermarkHolds} from './processing/watermarks/watermark-holds.ts'
export {SideBuffer, sideBufferBytes} from './side/side-buffer.ts'
export {type SideFold, type SideName, sideError} from './side/side-fold.ts'
export {ENDLESS, MESSAGES} from './side/side-sink.ts'
export {SideView} from './side/side-view.ts'
export {type SpilledRecord, SpillFile} from './side/spill-file.ts'
export {STAGE, stageOf, type types} from './stage/brands.ts'
export {
  type BundleMessage,
  channels,
  publishStage,
  type RequestMessage,
  type RunInfo,
  type RunMessage,
  type StageMessage,
  type StandstillMessage,
} from './stage/channels.ts'
export {atMost, type Clock, sleep, systemClock, type Timer} from './stage/clock.ts'
export {COLLECTION, type Collection, isCollection, type JoinStage} from './stage/collection.ts'
export type {ProcessContext, StageContext, Undeclared} from './stage/context.ts'
export {DEFAULTS} from './stage/defaults.ts'
export {type DrainOptions, drainDeadline, drainError} from './stage/drain.ts'
export {type Finding, permissionFinding} from './stage/finding.ts'
export {exhaustedSource, noteGathering, tooFewOutstanding} from './stage/gathering.ts'
export {type Done, holdGiven, throughWith} from './stage/hold-given.ts'
export {type InProgress, inProgress, pin} from './stage/in-progress.ts'
export {
  type DescriptorParts,
  stageDescriptor,
  type Target,
} from './stage/info/descriptor.ts'
export {HeldBundles} from './stage/info/held-bundles.ts'
export {
  type Counter,
  type Distribution,
  type DistributionValue,
  type Gauge,
  StageMetrics,
} from './stage/info/metrics.ts'
export {StageInfo} from './stage/info/stage-info.ts'
export {nameStep} from './stage/info/stage-name.ts'
export {settle, useClock} from './stage/info/stage-settings.ts'
export type {Windowing} from './stage/info/windowing.ts'
export {columnsAbove, keysInOrder} from './stage/links/column-order.ts'
export {assertSameTarget, checkTargets} from './stage/links/link-refusals.ts'
export {connectFromForeign} from './stage/links/links.ts'
export {connectedWith, downstreamOf, isCheckpointed, isLeased, sinkIdentity, upstreamOf} from './stage/links/walks.ts'
export {hasSources, inputWindowings, throughForeign, windowingOf} from './stage/links/windowing-of.ts'
export {type Logger, lineLogger, silentLogger, stderrLogger} from './stage/logger.ts'
export type {Resource} from './stage/resource.ts'
export {isSideInput, type SideInput, type SideInputsOf, type SideSource, type SideStream} from './stage/side-input.ts'
export {sidesOf, type View} from './stage/side-port.ts'
export {
  destroyOnAbort,
  nodeOptions,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageOptionsOf,
} from './stage/stage-options.ts'
export {startStage} from './stage/start-stage.ts'
export {declareTotal, isTotal} from './stage/total-functions.ts'
export {barrierArrived} from './streams/barriers.ts'
export {BundleStage} from './streams/bundle-stage.ts'
export {DoFn, type ProcessResult} from './streams/do-fn.ts'
export {DO_FN_OPTION_NAMES, type DoFnArguments, type DoFnOptions, type SideOptions} from './streams/do-fn-options.ts'
export {Inbox} from './streams/inbox.ts'
export {CALL_KIND, NEVER_STARTED, OUTPUT, OUTPUTS} from './streams/internals.ts'
export {LeasedSource} from './streams/leased-source.ts'
export {Outputs, unreadTags} from './streams/outputs.ts'
export {waitsForItself} from './streams/side-waits.ts'
export {Sink} from './streams/sink.ts'
export {Source} from './streams/source.ts'
export {StageReadable} from './streams/stage-readable.ts'
export {TagOutput} from './streams/tag-output.ts'
export {watchUpstream} from './streams/watch-upstream.ts'
