import {type Ids, ListIds} from './ids.ts'
import {originOf} from './record-origin.ts'
import type {RecordOrigin} from './source-record.ts'

/** Concatenates ids that share a prefix; `sizes` has the number in each. */
export function concatIds(columns: readonly Ids[], sizes: readonly number[]): Ids {
  const all: string[] = []
  const origins: (RecordOrigin | undefined)[] = []
  let kept = false
  for (const [c, ids] of columns.entries())
    for (let i = 0; i < sizes[c]!; i++) {
      all.push(ids.at(i))
      const origin = originOf(ids, i)
      origins.push(origin)
      if (origin) kept = true
    }
  return new ListIds(columns[0]!.prefix, all, kept ? origins : undefined)
}
