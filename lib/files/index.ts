export type {ByteRange} from './byte-range.ts'
export {Checkpoint, type CheckpointOptions} from './checkpoint.ts'
export {COMPRESSIONS, type Compression, decompress} from './compression.ts'
export {lineBundles, offsetBundles} from './file-bundles.ts'
export {FileSink} from './file-sink.ts'
export {type FileInput, FileSource} from './file-source.ts'
export type {FileInfo, FileSystem, OpenOptions} from './file-system.ts'
export {Files, isGcs} from './files.ts'
export {checkStorageClient, type StorageClient, storageTarget} from './gcs-client.ts'
export {parseGcsPath} from './gcs-path.ts'
export type {Positioned, WithoutPosition, WithPosition} from './positions.ts'
export {ReadAllStage} from './read-all-stage.ts'
export {
  checkReadOptions,
  checkReadSettings,
  type FileReadOptions,
  type FileReadSettings,
  type FileSourceOptions,
} from './read-options.ts'
export {DEFAULT_READ_POLICY, type ReadPolicy, type RetryNote} from './read-policy.ts'
export {plainRecords, type RecordFormat} from './record-format.ts'
export {type FileReject, RejectingFileSource, type RejectTags} from './rejecting-file-source.ts'
export type {WriteCompression} from './write-compression.ts'
export {checkWriteOptions, type FileWriteOptions, type FileWriteSettings} from './write-options.ts'
