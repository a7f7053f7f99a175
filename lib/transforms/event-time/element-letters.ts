import {type Bundle, type ElementOutputs, OutputBuilder} from '../../core/index.ts'

/** Where the dead letter of element `i` goes, which has emitted nothing else; `hand` takes it. */
export function elementLetters(
  bundle: Bundle<unknown>,
  i: number,
  hand: (tag: string, letters: Bundle<unknown>) => void,
): ElementOutputs {
  return {
    addTagged: (tag, letter, ordinal) => {
      const letters = new OutputBuilder(bundle, {tag})
      letters.add(letter, i, ordinal)
      for (const part of letters.take(1)) hand(tag, part)
    },
    holds: () => false,
    discard: () => {},
  }
}
