import {SluiceError, show} from '../../../errors/index.ts'
import {keyOf} from '../../../state/index.ts'
import type {KV} from '../../key-value/kv.ts'
import type {AnyCombineFn, GroupingSpec, Keys} from '../engine/index.ts'

export const pairKeys: Keys<unknown> = {
  text(pair) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new SluiceError('ERR_SLUICE_KEY', `${show(pair)} is not a [key, value]; put withKeys(…) before this step`)
    return keyOf(pair[0])
  },
  parts: pair => (pair as KV<unknown, unknown>)[0],
}

/** What a combine function makes of the values of each key of `[key, value]`. */
export function pairSpec(step: string, fn: AnyCombineFn): GroupingSpec<unknown, KV<unknown, unknown>> {
  return {
    step,
    keys: pairKeys,
    fns: [fn],
    input: pair => (pair as KV<unknown, unknown>)[1],
    result: (key, [output]) => [key, output],
  }
}
