import type {Readable, Writable} from 'node:stream'
import {type StageInfo, stageOf} from '../../core/index.ts'
import {SluiceError, type SluiceErrorCode, wrapError} from '../../errors/index.ts'

const CODES: Record<StageInfo['kind'], SluiceErrorCode> = {
  source: 'ERR_SLUICE_SOURCE',
  dofn: 'ERR_SLUICE_PROCESS',
  sink: 'ERR_SLUICE_SINK',
}

/** True for Node's word for a stream that closed before its end: a consequence, or a destroy() without an error. */
export function isPrematureClose(error: unknown): boolean {
  return (error as {code?: unknown} | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

/** What went wrong first: `error` of `stream`, or what another stage has failed with if that only closed. */
export function causeOf(
  stages: Iterable<StageInfo>,
  stream: Readable | Writable,
  error: Error,
): {info: StageInfo; cause: Error} {
  if (isPrematureClose(error))
    for (const info of stages) {
      const {errored} = info.stream
      if (errored && !isPrematureClose(errored)) return {info, cause: errored}
    }
  return {info: stageOf(stream)!, cause: error}
}

/** The error that a run rejects with. */
export function failureOf(info: StageInfo, cause: Error): SluiceError {
  const stage = (info.owner ?? info).name
  if (isPrematureClose(cause))
    return new SluiceError(
      CODES[info.kind],
      `${stage} was destroyed before it ended; to stop a run early, call run.cancel()`,
      {stage, cause},
    )
  if (cause.name === 'AbortError' && !(cause instanceof SluiceError))
    return new SluiceError('ERR_SLUICE_CANCELLED', `${stage}: its signal was aborted`, {stage, cause})
  return wrapError(CODES[info.kind], message => `${stage}: ${message}`, cause, {stage})
}
