import {messageOf} from '../../errors/index.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {Host} from './ports/host.ts'

/** After a failure: tears a stage down once its calls in flight have settled, 1 s later at most; logs what fails. */
export function tearDownLater(host: Host, calls: readonly unknown[], tearDown: () => Promise<void>): void {
  const run = () =>
    tearDown().catch(cause =>
      host.log.error(`${host.name}: teardown() failed after the stage was destroyed: ${messageOf(cause)}`),
    )
  if (calls.length === 0) return void run()
  const timer = host.clock.setTimeout(run, DEFAULTS.teardownGrace, true)
  void Promise.allSettled(calls).then(() => {
    timer.cancel()
    return run()
  })
}
