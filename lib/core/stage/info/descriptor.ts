import type {SluiceError} from '../../../errors/index.ts'
import type {Finding} from '../finding.ts'
import type {Resource} from '../resource.ts'
import type {Windowing} from './windowing.ts'

/** Which service a connector talks to, and whether that is an emulator: what the mixed-targets check compares. */
export interface Target {
  /** `storage`, `bigquery`, `pubsub`. */
  service: string
  /** The emulator variable that decides, for example `BIGQUERY_EMULATOR_HOST`. */
  variable: string
  /** True when the connector talks to an emulator. */
  local: boolean
  /** True when a ready client was given: then no variable decides, and the check leaves the connector alone. */
  explicit: boolean
}

/** Marks an object that {@link stageDescriptor} made, so that a constructor's stray second argument is not taken for one. */
const DESCRIPTOR: unique symbol = Symbol.for('sluice.descriptor/1') as never

/**
 * What a stage declares about itself, given to its constructor and never changed. Functions are evaluated when somebody asks: they
 * may close over `this`, and need a client only then.
 */
export interface DescriptorParts {
  /** The name of a stage that was given none; default: the name of its class. */
  readonly defaultName?: string | undefined
  /** The name of a stage that is named after another one; it takes the place of every other name. */
  readonly derivedName?: (() => string) | undefined
  /** The service that the connector talks to; asked when a chain from source to sink is complete. Undefined: none so far. */
  readonly target?: (() => Target | undefined) | undefined
  /** The option `allowMixedTargets`. */
  readonly allowMixedTargets?: boolean | undefined
  /** Resources on Google Cloud that the stage names and does not create itself. */
  readonly resources?: (() => readonly Resource[]) | undefined
  /**
   * Checks before a run that what the stage needs is there: permissions, names, schemas. Reads and writes no data; what is
   * wrong is a finding, not an error.
   */
  readonly check?: ((signal: AbortSignal) => Promise<Finding[]>) | undefined
  /** True for a source whose elements carry leases; a function where that is decided after construction. */
  readonly leased?: boolean | (() => boolean) | undefined
  /** True for a stage that acknowledges what it takes in: what it emits carries no leases. */
  readonly acknowledges?: boolean | undefined
  /** True for a source whose leases count for the checkpoint of the run, not for messages. */
  readonly checkpointed?: (() => boolean) | undefined
  /** True for a source that goes on until it is stopped. */
  readonly unbounded?: boolean | undefined
  /** Most messages that a source has outstanding at once. */
  readonly maxOutstanding?: number | undefined
  /** Longest time that a sink keeps a value before it sends it, ms. */
  readonly maxDelay?: number | undefined
  /** Most elements that the stage gathers before it hands them on. */
  readonly gathers?: number | undefined
  /** True for a DoFn whose calls run no code that an element could make fail. */
  readonly total?: boolean | undefined
  /** True for a DoFn with state: its calls in flight finish before a barrier passes it. */
  readonly stateful?: boolean | undefined
  /** What a DoFn does with an element that fails. */
  readonly onError?: 'fail' | 'nack' | 'dead-letter' | undefined
  /** True for a buffer that takes everything while the next stage waits for its side inputs. */
  readonly buffers?: boolean | undefined
  /** True for a sink in which a side input ends. */
  readonly endsSideInput?: boolean | undefined
  /** Elements that are counted as taken in and still worked on: what a drain must wait for. */
  readonly unfinished?: (() => number) | undefined
  /**
   * What a connector reports at the moment it is asked (`outstanding`, `backlog`, `oldestUnackedMs`): cheap, since every
   * reading of the metrics calls it; shown with what it counts.
   */
  readonly observe?: (() => Record<string, number>) | undefined
  /** The column names of the rows that the stage emits, in order, where it knows them better than the rows do. */
  readonly columns?: (() => readonly string[] | undefined) | undefined
  /**
   * The windowing of what the stage hands on, from those of its inputs (undefined where nothing upstream has set one); absent for a
   * stage that leaves windows as they are.
   */
  readonly windowing?: ((inputs: readonly (Windowing | undefined)[]) => Windowing) | undefined
  /**
   * Why the stage must not run in its chain. It is asked whenever a stage upstream is connected, before anything is read, and looks
   * at the links that are there so far.
   */
  readonly refuse?: (() => SluiceError | undefined) | undefined
  /** The names of the files that a sink has written; empty until they are final. */
  readonly written?: (() => readonly string[]) | undefined
}

/** {@link DescriptorParts} as constructors take them: made by {@link stageDescriptor}, or by spreading one that was. */
export interface StageDescriptor extends DescriptorParts {
  readonly [DESCRIPTOR]: true
}

/** What a stage's constructor takes as its second argument. */
export function stageDescriptor(parts: DescriptorParts): StageDescriptor {
  return {...parts, [DESCRIPTOR]: true}
}

const NONE = Object.freeze(stageDescriptor({}))

/** The second argument of a stage's constructor; one that is not a descriptor counts as absent, as it always did. */
export function descriptorOf(given: unknown): StageDescriptor {
  const described = typeof given === 'object' && given !== null && DESCRIPTOR in given
  return described ? (given as StageDescriptor) : NONE
}
