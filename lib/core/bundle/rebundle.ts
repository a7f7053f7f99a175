import {Bundle} from './bundle.ts'

/** Joins or splits bundles into ones of at most `max` values; also splits where the id prefix or the columns change. */
export function rebundle(bundles: readonly Bundle<unknown>[], max: number): Bundle<unknown>[] {
  const [only] = bundles
  if (bundles.length === 1 && only!.values.length <= max) return [only!]
  const made: Bundle<unknown>[] = []
  let parts: Bundle<unknown>[] = []
  let size = 0
  const close = () => {
    if (parts.length > 0) made.push(Bundle.concat(parts))
    parts = []
    size = 0
  }
  for (const bundle of bundles) {
    if (parts.length > 0 && !parts[0]!.joins(bundle)) close()
    const {length} = bundle.values
    for (let at = 0; at < length; ) {
      const to = Math.min(at + max - size, length)
      parts.push(to - at === length ? bundle : bundle.slice(at, to))
      size += to - at
      at = to
      if (size >= max) close()
    }
  }
  close()
  return made
}
