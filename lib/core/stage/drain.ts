import {badOption, checkOptionNames, SluiceError} from '../../errors/index.ts'
import {DURATION_FORMS, type Duration, formatDuration, parseDuration} from '../../util/index.ts'
import {DEFAULTS} from './defaults.ts'

/** Options of a drain. */
export interface DrainOptions {
  /** Longest time it may take; default 8 s. What is not committed by then is given back. */
  deadline?: Duration | undefined
}

/** Checks the options of a drain; returns the deadline in milliseconds. */
export function drainDeadline(where: string, options: DrainOptions | undefined): number {
  checkOptionNames(`${where}: drain`, options, ['deadline'])
  const given = options?.deadline ?? DEFAULTS.drainDeadline
  const deadline = parseDuration(given)
  if (deadline === undefined) throw badOption(`${where}: drain`, 'deadline', given, DURATION_FORMS)
  return deadline
}

/** The error of a drain that took too long; `left` names what was not settled. */
export function drainError(stage: string, deadline: number, left = ''): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_DRAIN',
    `${stage}: the drain did not finish within ${formatDuration(deadline)}${left}; give it more time ` +
      "(drain({deadline: '30s'})), or less to do (a smaller maxOutstanding, a shorter maxDelay of the sink)",
    {stage},
  )
}
