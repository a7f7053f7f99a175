import {setImmediate, setTimeout} from 'node:timers/promises'
import {connectedWith, type StageInfo} from '../core/index.ts'

/** Turns of the event loop without any progress after which everything has come to rest. */
const QUIET = 10
/** How long a call of user code is waited for that depends on more than the fake clock, ms. */
const PATIENCE = 100

/** Waits until nothing moves any more in the stages that are connected with this source. */
export async function atRest(source: StageInfo, signal: AbortSignal): Promise<void> {
  const stages = [...connectedWith([source])].filter(info => info !== source)
  const impatient = performance.now() + PATIENCE
  for (let before = '', quiet = 0; quiet < QUIET && !signal.aborted; ) {
    await setImmediate()
    const now = stages.map(({progress, watermark}) => `${progress.progress}:${watermark}`).join()
    // sources wait by nature
    const calls = stages.some(info => info.kind !== 'source' && info.calls.names.length > 0)
    const waits = calls && performance.now() < impatient
    if (waits) await setTimeout(1)
    quiet = now === before && !waits ? quiet + 1 : 0
    before = now
  }
}
