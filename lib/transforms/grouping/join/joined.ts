import type {Readable, Transform} from 'node:stream'
import type {Bundle, Collection, StageOptions} from '../../../core/index.ts'
import type {SluiceError} from '../../../errors/index.ts'
import type {FlattenInputs} from '../../flatten/flatten-inputs.ts'
import {Flatten} from '../../flatten/flatten-stage.ts'
import type {Marked} from './co-group.ts'
import {refusePanes} from './refuse-panes.ts'

/** Merges the inputs of a join, and marks elements with the position of theirs. */
export class Entrance extends Flatten<Marked> {
  protected override mark(bundle: Bundle<unknown>, position: number): Bundle<Marked> {
    return bundle.withValues(bundle.values.map((value): Marked => [position, value]))
  }
}

/** The entrance of a join whose rows must meet. */
export class JoinEntrance extends Entrance {
  protected override refusal(): SluiceError | undefined {
    return super.refusal() ?? refusePanes(this.info)
  }
}

/** What a join is made of. */
interface JoinParts {
  readonly inputs: FlattenInputs
  readonly entrance: Entrance
  /** The stages behind the entrance, in order. */
  readonly inner: readonly Transform[]
  readonly options: StageOptions
  readonly className: string
}

/**
 * What comes out of a join: to Node and to a Pipeline it is one source, made of an entrance and stages behind it that are
 * connected already.
 */
export class Joined<O> extends Flatten<O> {
  override readonly inputs: readonly Collection[]
  readonly #entrance: Entrance

  private constructor({inputs, entrance, inner, options, className}: JoinParts) {
    const last = inner.reduce<Readable>((above, stage) => above.pipe(stage), entrance)
    super({collections: [], streams: [last]}, options, className)
    this.inputs = inputs.collections
    this.#entrance = entrance
  }

  /** Connects the stages of a join; a refusal leaves nothing running. */
  static of(parts: JoinParts): Joined<unknown> {
    try {
      return new Joined(parts)
    } catch (error) {
      parts.entrance.destroy()
      throw error
    }
  }

  override connect(stream: Readable, position: number): void {
    this.#entrance.connect(stream, position)
  }
}
