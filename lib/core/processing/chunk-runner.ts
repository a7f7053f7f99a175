import type {Bundle} from '../bundle/bundle.ts'
import type {AsyncCalls} from './async/async-calls.ts'
import type {Callee} from './elements/user-code.ts'
import type {BundleInWork} from './ports/bundle-in-work.ts'
import type {Host} from './ports/host.ts'
import type {Outlet} from './ports/outlet.ts'
import type {Outcome, SyncLoop} from './sync-loop.ts'

/** The parts of a processor that a {@link ChunkRunner} uses. */
interface ChunkParts<I> {
  readonly host: Host
  readonly outlet: Outlet
  readonly loop: SyncLoop<I>
  readonly calls: AsyncCalls<I>
  readonly signal: AbortSignal
  readonly fail: (error: unknown) => void
}

/**
 * Runs a chunk through the synchronous loop. From the first call that returns a promise, the rest of the chunk is
 * processed by asynchronous calls.
 */
export class ChunkRunner<I> {
  readonly #parts: ChunkParts<I>

  constructor(parts: ChunkParts<I>) {
    this.#parts = parts
  }

  /** Begins a chunk; pass the outcome to {@link goOn}. */
  run(chunk: Bundle<I>, bundle: BundleInWork, callee: Callee<I>): Outcome | 'failed' {
    this.#parts.loop.open(chunk, bundle, callee)
    return this.#run()
  }

  #run(): Outcome | 'failed' {
    const {host, loop, signal, fail} = this.#parts
    const from = performance.now() - loop.flushMs
    let outcome: Outcome
    try {
      outcome = loop.run()
    } catch (error) {
      loop.forget()
      fail(error)
      return 'failed'
    } finally {
      host.metrics.busyMs += performance.now() - loop.flushMs - from
    }
    if (!signal.aborted) return outcome
    // user code has destroyed the stage
    loop.forget()
    return 'failed'
  }

  /** Continues a chunk that is not done; calls `accepted` when another may follow, never after a failure. */
  goOn(
    outcome: Outcome | 'failed',
    chunk: Bundle<I>,
    bundle: BundleInWork,
    callee: Callee<I>,
    accepted: () => void,
  ): void {
    if (outcome === 'done') accepted()
    else if (outcome === 'asynchronous') this.callAll(chunk, bundle, callee, accepted, true)
    else if (outcome === 'blocked')
      this.#parts.outlet.whenRoom(() => {
        if (!this.#parts.signal.aborted) this.goOn(this.#run(), chunk, bundle, callee, accepted)
      })
  }

  /** Makes asynchronous calls for the whole chunk, or for what the loop has left of it. */
  callAll(chunk: Bundle<I>, bundle: BundleInWork, callee: Callee<I>, accepted: () => void, isRest = false): void {
    const {loop, calls, fail} = this.#parts
    try {
      const begun = isRest ? loop.handOver() : undefined
      loop.flush()
      calls.add({chunk, bundle, callee}, begun, accepted)
    } catch (error) {
      loop.forget()
      fail(error)
    }
  }
}
