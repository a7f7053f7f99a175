import {SluiceError} from '../../errors/index.ts'

/** The error for a file sink in a run with a checkpoint. */
export function checkpointedError(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_LEASE',
    `${name}: files become final all together at the end of a run, so a run that stops leaves nothing for the next one to ` +
      'add to. Write to BigQuery or Pub/Sub, or run without `checkpoint`: a job that writes files starts over',
    {stage: name},
  )
}

/** The error for a stream, whose bytes come only once. */
export function streamCheckpointError(name: string, stream: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `${name} reads ${stream}, which no later run can resume where this one stops: run without \`checkpoint\`, or write the ` +
      'stream to a file and read that',
    {stage: name},
  )
}
