import type {Clock} from '../../stage/clock.ts'
import type {StageMetrics} from '../../stage/info/metrics.ts'
import type {Logger} from '../../stage/logger.ts'

/** What processing needs to know of its stage, and writes to: a StageInfo has it, and so may anything else. */
export interface Host {
  readonly name: string
  readonly kind: 'source' | 'dofn' | 'sink'
  readonly metrics: StageMetrics
  /** The logger that user code gets. */
  readonly logger: Logger
  /** The logger for warnings of the library itself; it never throws. */
  readonly log: Logger
  readonly clock: Clock
  readonly calls: Calls
  /** Asynchronous calls in flight of a DoFn that was given no `concurrency`; may change until the first element. */
  readonly defaultConcurrency: number
}

/** Notes which calls of user code have not settled. */
interface Calls {
  /** How many have settled so far. */
  settled: number
  begin(name: string): void
  end(name: string): void
  watch<T>(name: string, call: Promise<T>): Promise<T>
}
