import {recordPlace} from '../bytes/record-place.ts'
import type {LineBatch} from './line-splitter.ts'
import type {TextSplitter} from './text-splitter.ts'

/** The part of a stage that warnings need. */
interface WarningStage {
  readonly name: string
  readonly log: {warn(message: string, facts: object): void}
}

/**
 * Warns once that bytes that are not UTF-8 have become U+FFFD, so that data is never changed silently. One instance serves
 * all files of a stage.
 */
export class Utf8Notice {
  readonly #stage: WarningStage
  readonly #fix: string
  #said = false

  /** @param fix how to read such lines differently, for the message */
  constructor(stage: WarningStage, fix: string) {
    this.#stage = stage
    this.#fix = fix
  }

  /** Wraps the splitter of one file, which must check for UTF-8, so that its output triggers the warning. */
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
      `${name}: ${place}: the line is not UTF-8; in this line and others like it, invalid bytes become U+FFFD. ${this.#fix}`,
      {stage: name},
    )
  }
}
