export {Checkpoint} from './checkpoint/checkpoint.ts'
export type {Compression} from './codecs/compression.ts'
export type {WriteCompression} from './codecs/write-compression.ts'
export {isGcs} from './match/files.ts'
export type {ByteRange} from './parts/byte-range.ts'
export type {FileInput} from './parts/file-input.ts'
export {lineBundles, offsetBundles} from './read/file-bundles.ts'
export {FileSource} from './read/file-source.ts'
export type {Positioned, WithoutPosition, WithPosition} from './read/positions.ts'
export {ReadAllStage} from './read/read-all-stage.ts'
export {
  checkReadOptions,
  checkReadSettings,
  type FileReadOptions,
  type FileReadSettings,
  type FileSourceOptions,
} from './read/read-options.ts'
export {type FileReject, RejectingFileSource, type RejectTags} from './read/rejecting-file-source.ts'
export type {FileInfo} from './system/file-system.ts'
export {FileSink} from './write/file-sink.ts'
export {plainRecords, type RecordFormat} from './write/record-format.ts'
export {checkWriteOptions, type FileWriteOptions, type FileWriteSettings} from './write/write-options.ts'
