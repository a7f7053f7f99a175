import {SluiceError} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {freeze} from '../bundle/freeze.ts'
import {stageDescriptor} from '../stage/info/descriptor.ts'
import {hasSources, inputWindowings} from '../stage/links/windowing-of.ts'
import {Sink} from '../streams/sink.ts'
import {type SideFold, type SideName, sideError} from './side-fold.ts'
import {SideFolds} from './side-folds.ts'

/** The sink that builds a view from the elements of a side input. */
export class SideSink<E, T> extends Sink<E> {
  readonly #begin: () => {make: () => SideFold<E, T>; where: SideName}
  readonly #done: (value: T) => void
  #work: {folds: SideFolds<E, T>; where: SideName} | undefined
  #told = false
  /** Number of elements so far. */
  size = 0

  /**
   * @param begin called before the first element, when the stage that uses the view is known
   * @param done called with the view once it holds all elements
   */
  constructor(kind: string, begin: () => {make: () => SideFold<E, T>; where: SideName}, done: (value: T) => void) {
    super({name: kind}, stageDescriptor({endsSideInput: true, refuse: () => this.#refusal()}))
    this.#begin = begin
    this.#done = done
  }

  #refusal(): SluiceError | undefined {
    const [windowing] = inputWindowings(this.info)
    if (!windowing?.inWindows) return undefined
    const {name, sideOf} = this.info
    const refuse = (problem: string) => new SluiceError('ERR_SLUICE_WINDOWING', `${name}: ${problem}`, {stage: name})
    if (windowing.mergesWindows)
      return refuse(
        'a side input cannot be in sessions, or other windows that merge: which of them belongs to an element of the main ' +
          'input is not defined. Put it into fixedWindows() or globalWindow()',
      )
    for (const viewer of sideOf ?? [])
      if (hasSources(viewer) && !inputWindowings(viewer).some(main => main?.inWindows))
        return refuse(
          `the side input is in windows, and the elements of ${viewer.name} are in none, so no window of it belongs to them. ` +
            'Put these into windows too, or the side input into globalWindow()',
        )
    return undefined
  }

  protected override get ownsLeases(): boolean {
    return true
  }

  override writeBundle(bundle: Bundle<E>): void {
    const {folds, where} = this.#begun()
    if (bundle.leases) throw sideError(where, MESSAGES)
    const {values, windows} = bundle
    for (let i = 0; i < values.length; i++) {
      // all users of the view share this object
      freeze(values[i])
      folds.add(values[i]!, windows?.[i])
    }
    this.size += bundle.values.length
  }

  override commit(): void {
    // flush() also commits, before the end
    if (!this.writableEnded || this.#told) return
    this.#told = true
    this.#done(this.#begun().folds.result())
  }

  #begun(): {folds: SideFolds<E, T>; where: SideName} {
    if (this.#work) return this.#work
    const {make, where} = this.#begin()
    return (this.#work = {folds: new SideFolds(make, inputWindowings(this.info)[0]), where})
  }
}

/** The reason why messages cannot be a side input. */
export const MESSAGES =
  'it is made of messages that are acknowledged only after they are committed, and a view is held, never committed. ' +
  'Write them to a table or file first and read that, or give a function and `every`: ' +
  "asMap(() => readFromCsv('rates.csv'), {every: '10m'})"

/** The reason why a source without an end cannot be a side input. */
export const ENDLESS =
  'it is made of a source that never ends, so the view would never be complete. Give a function that makes a source with ' +
  "an end, and `every`: asMap(() => readFromCsv('rates.csv'), {every: '10m'})"
