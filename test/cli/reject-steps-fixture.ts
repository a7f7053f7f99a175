import {DoFn, deadLetter, type ProcessContext} from 'sluice'

/** Puts out one element for a whole bundle, which no output format can hold. */
export class Total extends DoFn<{n: number}, object> {
  #sum = 0

  process({n}: {n: number}) {
    this.#sum += n
    return []
  }

  override finishBundle() {
    return [{sum: this.#sum, mean: Number.NaN}]
  }
}

/** Puts everything out on a tag, in forms that are none of a dead letter. */
class Odd extends DoFn<string, never, {odd: unknown}> {
  constructor() {
    super({onError: deadLetter('odd')})
  }

  process(line: string, context: ProcessContext<{odd: unknown}>) {
    context.emit('odd', line === 'a' ? 5n : {row: line, raw: 7})
    return []
  }
}

export const odd = new Odd()
