import {recordPlace} from '../bytes/record-place.ts'
import type {LineBatch} from './line-splitter.ts'
import type {TextSplitter} from './text-splitter.ts'

/** A stage, as far as it can warn. */
interface WarningStage {
  readonly name: string
  readonly log: {warn(message: string, facts: object): void}
}

/**
 * Says once that bytes which are not UTF-8 have become U+FFFD: what is changed in the data is never changed without a word.
 * One for all files of a stage.
 */
export class Utf8Notice {
  readonly #stage: WarningStage
  readonly #fix: string
  #said = false

  /** @param fix what makes the lines come otherwise, for the message */
  constructor(stage: WarningStage, fix: string) {
    this.#stage = stage
    this.#fix = fix
  }

  /** The splitter of one file, which must check for UTF-8, with this notice on what comes out of it. */
  on(splitter: TextSplitter, file: string): Pick<TextSplitter, 'push' | 'end'> {
    const noted = (batch: LineBatch) => {
      if (batch.broken && !this.#said) this.#tell(batch, splitter.line, file)
      return batch
    }
    return {push: chunk => noted(splitter.push(chunk)), end: () => noted(splitter.end())}
  }

  #tell({values, offsets, broken}: LineBatch, lastLine: number, file: string): void {
    this.#said = true
    const [first = 0] = broken!.keys()
    const place = recordPlace(file, lastLine - values.length + 1 + first, offsets[first]!)
    const {name, log} = this.#stage
    log.warn(
      `${name}: ${place}: the line is not UTF-8; in it and in others like it the bytes that are not become U+FFFD. ${this.#fix}`,
      {stage: name},
    )
  }
}
