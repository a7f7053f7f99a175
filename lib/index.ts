/**
 * Google Cloud Dataflow's programming model (Apache Beam) as a Node Streams toolkit.
 *
 * @packageDocumentation
 */

export {BatchError, type DeadLetterTarget, type FailedRow, type RowError} from './batching/index.ts'
export {type CheckedFinding, type CheckReport, checkPipeline} from './check/index.ts'
export {
  type BoundedWindow,
  Bundle,
  type BundleMessage,
  type BundleParts,
  type Clock,
  type Collection,
  type Counter,
  channels,
  DEFAULTS,
  type DeadLetter,
  type DeadLetterPolicy,
  type Distribution,
  type DistributionValue,
  DoFn,
  type DoFnArguments,
  type DoFnOptions,
  type DrainOptions,
  deadLetter,
  type Finding,
  type Gauge,
  type Ids,
  type Lease,
  LeasedSource,
  ListIds,
  type Logger,
  OffsetIds,
  type OnError,
  type PaneInfo,
  type ProcessContext,
  type ProcessResult,
  type RequestMessage,
  type RunInfo,
  type RunMessage,
  SequenceIds,
  type SideInput,
  type SideInputsOf,
  type SideOptions,
  type SideSource,
  type SideStream,
  Sink,
  Source,
  type StageContext,
  StageInfo,
  type StageMessage,
  StageMetrics,
  type StageOptions,
  StageReadable,
  type StandstillMessage,
  silentLogger,
  stderrLogger,
  systemClock,
  type Target,
  type Timer,
  type Timestamped,
  timestamped,
} from './core/index.ts'
export * from './dead-letters/index.ts'
export {
  ERROR_CODES,
  elementText,
  type ServiceErrorKind,
  SluiceError,
  type SluiceErrorCode,
  type SluiceErrorDetails,
} from './errors/index.ts'
export type {
  ByteRange,
  Compression,
  FileReadOptions,
  FileReject,
  FileSink,
  FileSource,
  FileSourceOptions,
  FileWriteOptions,
  Positioned,
  WriteCompression,
} from './files/index.ts'
export {
  BigQueryError,
  type BigQueryErrorKind,
  type BigQuerySink,
  type BigQueryWriteOptions,
  bigQueryTarget,
  type CreateOptions,
  type DeadLetterTable,
  type FieldType,
  parseSchema,
  parseTableReference,
  type QueryOptions,
  queryRows,
  type SchemaInput,
  type TableField,
  type TableFieldInput,
  type TableReference,
  type TableRow,
  type TableSchema,
} from './io/bigquery/index.ts'
export * from './io/csv/index.ts'
export * from './io/json/index.ts'
export {
  type AckMode,
  type DeadLetterTopic,
  type Decode,
  isPubSubMessage,
  ManualMessage,
  PubSubError,
  type PubSubErrorKind,
  PubSubMessage,
  type PubSubMessageParts,
  type PubSubReadOptions,
  PubSubSink,
  type PubSubSinkOptions,
  type PubSubTags,
  type PubSubWriteOptions,
  pubSubTarget,
  readFromPubSub,
} from './io/pubsub/index.ts'
export {readFromStdin, type StdinReadOptions, type StdoutWriteOptions, writeToStdout} from './io/stdio/index.ts'
export * from './io/text/index.ts'
export * from './pipeline/index.ts'
export * from './transforms/index.ts'
export type {Duration, Size} from './util/index.ts'
