import {Readable} from 'node:stream'
import {
  type BoundedWindow,
  boundedWindow,
  type Collection,
  GLOBAL_WINDOW,
  isCollection,
  type Sink,
  stageOf,
} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import {checkElements} from './check-elements.ts'
import {type Collectable, collect, type Items, readInto} from './collect.ts'
import {type Placed, PlacedCollector} from './collector.ts'
import {containsInAnyOrder, equalTo, isEmpty, type Matcher} from './matchers.ts'

/** A window as tests name it: from `start` to before `end`, milliseconds since 1970 or Dates. */
export interface WindowBounds {
  readonly start: number | Date
  readonly end: number | Date
}

/** Which elements are looked at. */
interface Choice {
  /** For the message: 'in the window …', 'in on-time panes', … */
  readonly text: string
  has(placed: Placed<unknown>): boolean
}

/** What several assertions about one stream share: it can be read only once. */
interface Actual<T> {
  readonly given: Collection<T> | Collectable<T>
  readonly name: string
  placed?: Promise<readonly Placed<T>[]> | undefined
  /** How often each step name was used. */
  readonly names: Map<string, number>
}

/**
 * An assertion about the elements of some windows or panes, made by `assertThat(actual)` without a matcher.
 *
 * `inWindow`, `inOnTimePane` and the like narrow it down and can be combined; `equalTo`, `containsInAnyOrder`, `isEmpty` and
 * `matches` check. Keep `assertThat(actual)` in a variable to check several windows or panes: a stream is read once, by the
 * first check. On a collection of a Pipeline each check adds a step. Elements that were never grouped count as final, and as
 * neither early, on time nor late.
 *
 * @typeParam T the elements
 * @typeParam Result `void` for a collection of a Pipeline, whose run rejects; `Promise<void>` otherwise
 *
 * @example
 * const numbers = new TestStream<number>().addElements([timestamped(1, 5_000), timestamped(2, 65_000)])
 * const seen = assertThat(numbers.pipe(windowInto(fixedWindows('1m'))))
 * await seen.inWindow({start: 0, end: 60_000}).equalTo([1])
 * await seen.inLatePane().isEmpty()
 */
export class PaneAssertion<T, Result> {
  readonly #actual: Actual<T>
  readonly #choices: readonly Choice[]

  /** @internal */
  constructor(given: Collection<T> | Collectable<T>, name: string)
  constructor(actual: Actual<T>, choices: readonly Choice[])
  constructor(given: Actual<T> | Collection<T> | Collectable<T>, name: string | readonly Choice[]) {
    this.#actual =
      typeof name === 'string' ? {given: given as Collection<T>, name, names: new Map()} : (given as Actual<T>)
    this.#choices = typeof name === 'string' ? [] : name
  }

  /**
   * Only elements in this window.
   *
   * @throws {SluiceError} `ERR_SLUICE_OPTION`: not a window
   */
  inWindow(window: WindowBounds): PaneAssertion<T, Result> {
    const {start, end} = bounds(this.#actual.name, window)
    return this.#choose({
      text: `in the window [${dateText(start)}, ${dateText(end)})`,
      has: ({windows = GLOBAL_WINDOW}) =>
        [windows].flat().some((of: BoundedWindow) => of.start === start && of.end === end),
    })
  }

  /** Only elements of on-time panes; of this window, if one is given. */
  inOnTimePane(window?: WindowBounds): PaneAssertion<T, Result> {
    return this.#inPane('on-time panes', ({pane}) => pane?.timing === 'on-time', window)
  }

  /** Only elements of early panes: emitted before the watermark had passed the end of their window. */
  inEarlyPane(window?: WindowBounds): PaneAssertion<T, Result> {
    return this.#inPane('early panes', ({pane}) => pane?.timing === 'early', window)
  }

  /** Only elements of late panes: emitted after the on-time pane. */
  inLatePane(window?: WindowBounds): PaneAssertion<T, Result> {
    return this.#inPane('late panes', ({pane}) => pane?.timing === 'late', window)
  }

  /** Only elements of the last pane of their key and window, as far as it was known to be the last when it was emitted. */
  inFinalPane(window?: WindowBounds): PaneAssertion<T, Result> {
    return this.#inPane('final panes', ({pane}) => pane?.isLast ?? true, window)
  }

  /** The elements are these, in this order. */
  equalTo(expected: Iterable<T>): Result {
    return this.matches(equalTo(expected))
  }

  /** The elements are these, in any order. */
  containsInAnyOrder(expected: Iterable<T>): Result {
    return this.matches(containsInAnyOrder(expected))
  }

  /** There are no such elements. */
  isEmpty(): Result {
    return this.matches(isEmpty())
  }

  /**
   * The elements match.
   *
   * @throws {SluiceError} `ERR_SLUICE_ASSERTION` with what is missing, unexpected or different: from `run()` in a Pipeline
   */
  matches(matcher: Matcher<T>): Result {
    const {given, name, names} = this.#actual
    if (typeof matcher?.check !== 'function')
      throw badOption(name, 'matcher', matcher, 'equalTo([…]), containsInAnyOrder([…]) or isEmpty()')
    const label = [name, ...this.#choices.map(({text}) => text)].join(' ')
    if (!isCollection(given))
      return this.#read().then(placed => checkElements(label, this.#chosen(placed), matcher)) as Result
    const used = (names.get(label) ?? 0) + 1
    names.set(label, used)
    const step = used === 1 ? label : `${label} (${used})`
    const collection = given as unknown as {apply(name: string, sink: Sink<T>): void}
    collection.apply(step, new PaneAssertSink<T>(step, placed => checkElements(step, this.#chosen(placed), matcher)))
    return undefined as Result
  }

  #inPane(text: string, has: Choice['has'], window: WindowBounds | undefined): PaneAssertion<T, Result> {
    const chosen = this.#choose({text: `in ${text}`, has})
    return window === undefined ? chosen : chosen.inWindow(window)
  }

  #choose(choice: Choice): PaneAssertion<T, Result> {
    return new PaneAssertion(this.#actual, [...this.#choices, choice])
  }

  #chosen(placed: readonly Placed<T>[]): T[] {
    return placed.filter(one => this.#choices.every(choice => choice.has(one))).map(one => one.value)
  }

  #read(): Promise<readonly Placed<T>[]> {
    const {given, name} = this.#actual
    return (this.#actual.placed ??= placedOf(given as Collectable<T>, name))
  }
}

/** Checks a collection of a Pipeline once the pipeline has run. */
class PaneAssertSink<T> extends PlacedCollector<T> {
  readonly #check: (placed: readonly Placed<T>[]) => void

  constructor(name: string, check: (placed: readonly Placed<T>[]) => void) {
    super(name)
    this.#check = check
  }

  override commit(): void {
    this.#check(this.placed)
  }
}

async function placedOf<T>(given: Collectable<T>, name: string): Promise<readonly Placed<T>[]> {
  if (stageOf(given) && given instanceof Readable) {
    const collector = new PlacedCollector<T>(name)
    await readInto(collector, given)
    return collector.placed
  }
  const values = await collect(given as Items<T>)
  return values.map(value => ({value, windows: undefined, pane: undefined}))
}

function bounds(name: string, window: WindowBounds): BoundedWindow {
  const [start, end] = [Number(window?.start), Number(window?.end)]
  if (!Number.isInteger(start) || !Number.isInteger(end) || start >= end)
    throw badOption(name, 'window', window, 'a window, for example {start: 0, end: 60_000}')
  return boundedWindow(start, end)
}

function dateText(time: number): string {
  return new Date(time).toISOString()
}
