import {SluiceError} from '../../../errors/index.ts'
import {formatDuration} from '../../../util/index.ts'
import type {Host} from '../ports/host.ts'

/** Settles as the call does, or rejects with ERR_SLUICE_TIMEOUT after `timeout` ms on the stage's clock. */
export async function withTimeout(
  call: Promise<void>,
  timeout: number | undefined,
  host: Host,
  element: unknown,
): Promise<void> {
  if (timeout === undefined) return call
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const timer = host.clock.setTimeout(() => reject(timeoutError(timeout, host.name, element)), timeout, true)
    cancel = () => timer.cancel()
  })
  try {
    await Promise.race([call, late])
  } finally {
    cancel()
    // whatever follows the timeout is ignored
    call.catch(() => {})
  }
}

function timeoutError(timeout: number, stage: string, element: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_TIMEOUT',
    `${stage}: process() took longer than its timeout of ${formatDuration(timeout)}; ` +
      'pass context.signal to what it awaits, or raise `timeout`',
    {stage, element},
  )
}
