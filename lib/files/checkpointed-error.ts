import {SluiceError} from '../errors/index.ts'

/** The error for a sink of files in a run with a checkpoint. */
export function checkpointedError(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_LEASE',
    `${name}: files become final all or none at the end of a run, so a run that stops leaves nothing of them for the next one to ` +
      'add to. Write to BigQuery or Pub/Sub, or run without `checkpoint`: a job that writes files begins anew',
    {stage: name},
  )
}
