import type {Clock} from '../../stage/clock.ts'
import type {StageMetrics} from '../../stage/info/metrics.ts'
import type {Logger} from '../../stage/logger.ts'

/** What processing reads of its stage and writes to it: a StageInfo, or anything else with these members. */
export interface Host {
  readonly name: string
  readonly kind: 'source' | 'dofn' | 'sink'
  readonly metrics: StageMetrics
  /** The logger for user code. */
  readonly logger: Logger
  /** The logger for the library's own warnings; it never throws. */
  readonly log: Logger
  readonly clock: Clock
  readonly calls: Calls
  /** The `concurrency` of a DoFn without that option; may change until the first element. */
  readonly defaultConcurrency: number
}

/** Tracks calls of user code that have not settled. */
interface Calls {
  /** How many have settled so far. */
  settled: number
  begin(name: string): void
  end(name: string): void
  watch<T>(name: string, call: Promise<T>): Promise<T>
}
