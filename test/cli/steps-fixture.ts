import {DoFn, map} from 'sluice'

/** Steps as `--with` loads them. */
export class Shout extends DoFn<string, string> {
  *process(word: string) {
    if (word === '') throw new Error('nothing to shout')
    yield word.toUpperCase()
    yield '!'
  }
}

export const twice = map((word: string) => word + word)

export default function length(word: string) {
  return word.length
}

export function* letters(word: string) {
  yield* word
}

export const chain = [letters, Shout]

export const number = 5
