import {SluiceError} from '../../errors/index.ts'

/** The error for a sink of files in a run with a checkpoint. */
export function checkpointedError(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_LEASE',
    `${name}: files become final all or none at the end of a run, so a run that stops leaves nothing of them for the next one to ` +
      'add to. Write to BigQuery or Pub/Sub, or run without `checkpoint`: a job that writes files begins anew',
    {stage: name},
  )
}

/** The error for a stream, whose bytes come once only. */
export function streamCheckpointError(name: string, stream: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `${name} reads ${stream}, which no later run can take up where this one stops: run without \`checkpoint\`, or write what ` +
      'comes to a file and read that',
    {stage: name},
  )
}
