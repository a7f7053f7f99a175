/**
 * Every code that a {@link SluiceError} can carry, with the one sentence that `docs/errors.md` prints for it.
 * A code is API: it is never renamed or given another meaning.
 */
export const ERROR_CODES = {
  ERR_SLUICE_OPTION: 'An option is missing, unknown, of the wrong type or out of range.',
  ERR_SLUICE_PROCESS: 'User code in a DoFn (process, or a function given to map, filter, …) threw or rejected.',
  ERR_SLUICE_SETUP: 'setup() of a stage threw or rejected.',
  ERR_SLUICE_START_BUNDLE: 'startBundle() of a DoFn threw or rejected.',
  ERR_SLUICE_FINISH_BUNDLE: 'finishBundle() of a DoFn threw or rejected.',
  ERR_SLUICE_TEARDOWN: 'teardown() of a stage threw or rejected.',
  ERR_SLUICE_TIMEOUT: 'A process() call took longer than its `timeout`.',
  ERR_SLUICE_OUTPUT_TYPE:
    'process() returned something that is not an iterable of elements, for example a string, a Buffer or a plain object.',
  ERR_SLUICE_TIMESTAMP: 'An output has no valid event time, or one that is earlier than its element allows.',
  ERR_SLUICE_WINDOWING:
    'A grouping cannot work with the windows or the trigger of its input, or a function gave no valid window; the message says what to change.',
  ERR_SLUICE_SOURCE: 'A source failed while it produced elements.',
  ERR_SLUICE_SINK: 'A sink failed while it wrote or committed elements.',
  ERR_SLUICE_TAG: 'An output tag is unknown, claimed twice, claimed too late, or read by nobody although it must be.',
  ERR_SLUICE_UNCLAIMED_DEAD_LETTER: 'An element went to a dead-letter or rejects output that nobody reads.',
  ERR_SLUICE_SIDE_INPUT:
    'A side input cannot be built: a singleton with no or several elements, a duplicate key, an endless input, or one that would wait for itself.',
  ERR_SLUICE_KEY:
    'A key has no value to compare: it holds a function, a symbol, a class instance, an invalid Date or itself.',
  ERR_SLUICE_COMBINE: 'A combine function or a join was given what it cannot combine, such as the sum of a string.',
  ERR_SLUICE_LEASE: 'A message source was connected to a stream that cannot carry acknowledgements.',
  ERR_SLUICE_TRACK: 'A stream wrapped by track() emitted a different number of elements than it received.',
  ERR_SLUICE_GRAPH:
    'A pipeline graph is invalid: a stage used twice, a duplicate step name, an empty pipeline, a second run.',
  ERR_SLUICE_CANCELLED: 'A run was cancelled.',
  ERR_SLUICE_MIXED_TARGETS: 'Some services of a job point to an emulator and others to Google Cloud.',
  ERR_SLUICE_NO_MATCH: 'A file pattern matched no file.',
  ERR_SLUICE_NOT_FOUND: 'A bucket, object, file, dataset, table or project does not exist.',
  ERR_SLUICE_PERMISSION:
    'Google Cloud or the operating system refused access; the message names the resource and the permission.',
  ERR_SLUICE_CREDENTIALS: 'No usable Google Cloud credentials or project were found.',
  ERR_SLUICE_READ: 'A file or object could not be read to its end.',
  ERR_SLUICE_WRITE: 'A file or object could not be written.',
  ERR_SLUICE_EXISTS: 'Files that a sink would write already exist.',
  ERR_SLUICE_CHECKPOINT:
    'A checkpoint cannot be read or written: it is damaged, belongs to another job, or was written by another run.',
  ERR_SLUICE_JSON: 'A JSON input is malformed; the message names file and line.',
  ERR_SLUICE_CHECKSUM: 'The bytes read of an object do not match its CRC32C checksum.',
  ERR_SLUICE_OBJECT_CHANGED: 'An object was overwritten or deleted while it was being read.',
  ERR_SLUICE_ENCODING:
    'Input is not UTF-8 (for example UTF-16), or its compression is damaged, cut off or unknown to this Node.',
  ERR_SLUICE_CSV: 'A CSV input is malformed; the message names file and line.',
  ERR_SLUICE_SCHEMA: 'A table schema is missing or malformed.',
  ERR_SLUICE_BATCH: 'A sink could not write some rows; `rows` lists the first of them with their reasons.',
  ERR_SLUICE_BIGQUERY: 'BigQuery refused a request, or could not be reached within the retry budget.',
  ERR_SLUICE_PUBSUB: 'Pub/Sub refused a request, or a message could not be read or published.',
  ERR_SLUICE_STANDSTILL: 'Nothing left in the process could bring about what a stage or a run was waiting for.',
  ERR_SLUICE_DRAIN: 'A drain did not finish within its deadline; what was not committed was given back.',
  ERR_SLUICE_STDIO: 'Standard input or output failed.',
  ERR_SLUICE_EMULATOR: 'The local cloud could not be started or used.',
  ERR_SLUICE_MONITOR: 'A monitor could not be started because a package that it needs is not installed.',
  ERR_SLUICE_ASSERTION: 'An assertion of `sluice/testing` failed.',
} as const

/** A stable error code, `ERR_SLUICE_…`. */
export type SluiceErrorCode = keyof typeof ERROR_CODES
