import type {Bundle} from './bundle.ts'
import {freeze} from './freeze.ts'
import type {BoundedWindow} from './window.ts'

/** The ordinal of a value that keeps its id. */
const SAME = -1

/**
 * The values of a bundle once for each window that they are in. Copies have ids of their own, share the lease, and are frozen, since
 * each of them is the same object.
 */
export function perWindow<T>(bundle: Bundle<T>): Bundle<T> {
  const {values, windows: slots, watermark} = bundle
  if (!slots?.some(slot => Array.isArray(slot))) return bundle
  const [parents, ordinals]: [number[], number[]] = [[], []]
  const windows: BoundedWindow[] = []
  for (const [i, slot] of slots.entries()) {
    const several = Array.isArray(slot)
    const all = several ? (slot as readonly BoundedWindow[]) : [slot as BoundedWindow]
    for (const [k, window] of all.entries()) {
      parents.push(i)
      ordinals.push(several ? k : SAME)
      windows.push(window)
    }
    if (!several) continue
    freeze(values[i])
    if (all.length > 0) bundle.leases?.[i]?.retain(all.length - 1)
    else bundle.leases?.[i]?.release()
  }
  const copies = parents.map(i => values[i]!)
  return bundle.derive(copies, {parents, ordinals, mark: '.w'}, {windows, watermark})
}
