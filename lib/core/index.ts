export {BUNDLE, isBundle, STAGE, stageOf, type types} from './brands.ts'
export {Bundle, type BundleParts, sliceBundle} from './bundle.ts'
export {BundleStage} from './bundle-stage.ts'
export {
  type BundleMessage,
  channels,
  publishStage,
  type RequestMessage,
  type RunInfo,
  type RunMessage,
  type StageMessage,
  type StandstillMessage,
} from './channels.ts'
export {atMost, type Clock, sleep, systemClock, type Timer} from './clock.ts'
export {COLLECTION, type Collection, collectionInputs, isCollection, type JoinStage} from './collection.ts'
export {columnsAbove, keysInOrder} from './column-order.ts'
export type {ProcessContext, StageContext, Undeclared} from './context.ts'
export {DEFAULTS} from './defaults.ts'
export {
  DO_FN_OPTION_NAMES,
  DoFn,
  type DoFnArguments,
  type DoFnOptions,
  type ProcessResult,
  type SideOptions,
} from './do-fn.ts'
export {type DrainOptions, drainDeadline, drainError} from './drain.ts'
export {
  type DeadLetter,
  type DeadLetterPolicy,
  deadLetter,
  type ErrorPolicy,
  errorPolicy,
  nackElement,
  type OnError,
  processError,
  toDeadLetter,
} from './error-policy.ts'
export {type Finding, permissionFinding} from './finding.ts'
export {exhaustedSource, tooFewOutstanding} from './gathering.ts'
export {HeldBundles} from './held-bundles.ts'
export {holdGiven, throughWith} from './hold-given.ts'
export {DerivedIds, type Ids, ListIds, OffsetIds, outputMark, PrefixedIds, SequenceIds} from './ids.ts'
export {type InProgress, inProgress, pin} from './in-progress.ts'
export {type Done, Inbox} from './inbox.ts'
export {GroupLease, type Lease, nackAll, releaseAll, retainAll} from './lease.ts'
export {LeasedSource} from './leased-source.ts'
export {
  assertSameTarget,
  checkTargets,
  connectedWith,
  connectFromForeign,
  downstreamOf,
  isCheckpointed,
  isLeased,
  link,
  sinkIdentity,
  trust,
  upstreamOf,
} from './links.ts'
export {type Logger, lineLogger, silentLogger, stderrLogger} from './logger.ts'
export {type Counter, type Distribution, type DistributionValue, type Gauge, StageMetrics} from './metrics.ts'
export {bundlesOf, type OutValue, outValue} from './out-buffer.ts'
export {countBundle, freeze} from './output.ts'
export {originOf, type RecordKeeper, type RecordOrigin, type SourceHeader, type SourceRecord} from './record-origin.ts'
export type {Resource} from './resource.ts'
export {type CallKind, isAsyncIterable, isThenable, returnQuietly} from './results.ts'
export {SideBuffer, sideBufferBytes} from './side-buffer.ts'
export {type SideFold, type SideName, sideError} from './side-fold.ts'
export {isSideInput, type SideInput, type SideInputsOf, type SideSource, type SideStream} from './side-input.ts'
export type {Side, SideInputs} from './side-inputs.ts'
export {ENDLESS, MESSAGES} from './side-sink.ts'
export {SideView} from './side-view.ts'
export {waitsForItself} from './side-waits.ts'
export {Sink} from './sink.ts'
export {Source} from './source.ts'
export {StageInfo, type Target} from './stage-info.ts'
export {destroyOnAbort, nodeOptions, STAGE_OPTION_NAMES, type StageOptions, stageOptionsOf} from './stage-options.ts'
export {StageReadable} from './stage-readable.ts'
export {startStage} from './start-stage.ts'
export {TagOutput} from './tag-output.ts'
export {Outputs} from './tags.ts'
export {declareTotal, isTotal} from './total-functions.ts'
export {watchUpstream} from './upstream.ts'
export {InputWatermarks} from './watermarks.ts'
