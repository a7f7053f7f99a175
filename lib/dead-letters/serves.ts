import type {StageInfo} from '../core/index.ts'

/**
 * Makes a dead-letter sink, once it is connected, part of the sink that it serves: named after it, on its clock.
 *
 * @returns the name of the sink that it serves
 */
export function serves(info: StageInfo): string | undefined {
  for (const {owner} of info.upstream) {
    if (!owner) continue
    info.name = `${owner.name}.deadLetter`
    info.clock = owner.clock
    return owner.name
  }
  return undefined
}
