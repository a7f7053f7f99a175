import {SluiceError} from '../../errors/index.ts'

/** The error for a graph that cannot be built or run. */
export function graphError(pipeline: string, message: string, stage?: string): SluiceError {
  return new SluiceError('ERR_SLUICE_GRAPH', `pipeline '${pipeline}': ${message}`, {stage})
}
