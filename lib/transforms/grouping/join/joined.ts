import type {Readable, Transform} from 'node:stream'
import type {Bundle, Collection, StageOptions} from '../../../core/index.ts'
import type {FlattenInputs} from '../../flatten/flatten-inputs.ts'
import {Flatten} from '../../flatten/flatten-stage.ts'
import type {Marked} from './co-group.ts'

/** Merges the inputs of a join, and marks elements with the position of theirs. */
export class Entrance extends Flatten<Marked> {
  protected override mark(bundle: Bundle<unknown>, position: number): Bundle<Marked> {
    return bundle.withValues(bundle.values.map((value): Marked => [position, value]))
  }
}

/**
 * What comes out of a join: to Node and to a Pipeline it is one source, made of an entrance and stages behind it that are
 * connected already.
 */
export class Joined<O> extends Flatten<O> {
  override readonly inputs: readonly Collection[]
  readonly #entrance: Entrance

  /** `inner` stages follow the entrance, in order. */
  constructor(
    inputs: FlattenInputs,
    entrance: Entrance,
    inner: readonly Transform[],
    options: StageOptions,
    className: string,
  ) {
    super({collections: [], streams: [connect(entrance, inner)]}, options, className)
    this.inputs = inputs.collections
    this.#entrance = entrance
  }

  override connect(stream: Readable, position: number): void {
    this.#entrance.connect(stream, position)
  }
}

/** Connects the stages of a join; a refusal leaves nothing running. */
function connect(entrance: Entrance, inner: readonly Transform[]): Readable {
  try {
    return inner.reduce<Readable>((last, stage) => last.pipe(stage), entrance)
  } catch (error) {
    entrance.destroy()
    throw error
  }
}
