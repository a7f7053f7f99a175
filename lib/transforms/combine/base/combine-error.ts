import {SluiceError, show} from '../../../errors/index.ts'

/** The error for a value that a combine function does not take. */
export function combineError(where: string, given: unknown, allowed: string): SluiceError {
  return new SluiceError('ERR_SLUICE_COMBINE', `${where}: cannot combine ${show(given)}; give ${allowed}`)
}
