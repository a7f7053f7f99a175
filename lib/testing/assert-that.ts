import {type Collection, isCollection, type Sink} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import {checkElements} from './check-elements.ts'
import {type Collectable, collect, type Items, type StageStream} from './collect.ts'
import {Collector} from './collector.ts'
import type {Matcher} from './matchers.ts'
import {PaneAssertion} from './pane-assertion.ts'

/** Checks a collection of a Pipeline once the pipeline has run. */
class AssertSink<T> extends Collector<T> {
  readonly #matcher: Matcher<T>

  constructor(name: string, matcher: Matcher<T>) {
    super(name)
    this.#matcher = matcher
  }

  override commit(): void {
    checkElements(this.info.name, this.values, this.#matcher)
  }
}

/**
 * Checks the elements of a stream (or array) with a matcher: `equalTo`, `containsInAnyOrder`, `isEmpty`, or your own.
 *
 * For a collection of a Pipeline it adds a step that checks at the end of the run; `run()` rejects when it does not hold.
 * Without a matcher it returns a {@link PaneAssertion}, which checks the elements of some windows or panes only.
 *
 * @param name its name in the message and the step's name in a Pipeline; default 'assertThat'
 * @throws {SluiceError} `ERR_SLUICE_ASSERTION` with what is missing, unexpected or different
 *
 * @example
 * await assertThat(create([1, 2]).pipe(map((n: number) => n * 2)), equalTo([2, 4]))
 */
export function assertThat<T>(actual: Collection<T>, matcher: Matcher<NoInfer<T>>, name?: string): void
export function assertThat<T>(actual: StageStream<T>, matcher: Matcher<NoInfer<T>>, name?: string): Promise<void>
export function assertThat<T>(actual: Items<T>, matcher: Matcher<NoInfer<T>>, name?: string): Promise<void>
export function assertThat<T>(actual: Collection<T>, name?: string): PaneAssertion<T, void>
export function assertThat<T>(actual: StageStream<T>, name?: string): PaneAssertion<T, Promise<void>>
export function assertThat<T>(actual: Items<T>, name?: string): PaneAssertion<T, Promise<void>>
export function assertThat(
  actual: Collection<unknown> | Collectable<unknown>,
  matcher?: Matcher | string,
  name?: string,
): PaneAssertion<unknown, Promise<void> | void> | Promise<void> | void {
  if (matcher === undefined || typeof matcher === 'string')
    return new PaneAssertion(actual, name ?? matcher ?? 'assertThat')
  return assertMatch(actual, matcher, name ?? 'assertThat')
}

function assertMatch(
  actual: Collection<unknown> | Collectable<unknown>,
  matcher: Matcher,
  name: string,
): Promise<void> | void {
  if (typeof matcher?.check !== 'function')
    throw badOption(name, 'matcher', matcher, 'equalTo([…]), containsInAnyOrder([…]) or isEmpty()')
  if (!isCollection(actual))
    return collect(actual as Items<unknown>).then(values => checkElements(name, values, matcher))
  const collection = actual as unknown as {apply(name: string, sink: Sink<unknown>): void}
  collection.apply(name, new AssertSink(name, matcher))
}
