import type {CombineFn} from '../../combine/index.ts'

/** How the key of an element is found. */
export interface Keys<I> {
  /** The key as a Map compares it. Throws for a key that cannot be encoded. */
  text(element: I): string | number
  /** The key as results carry it; asked once per cell. */
  parts(element: I): unknown
}

/** A combine function whose types have been checked where the grouping was made. */
export type AnyCombineFn = CombineFn<unknown, unknown, unknown>

/** What a grouping computes, apart from windows and triggers. */
export interface GroupingSpec<I, O> {
  /** The name of the step, part of the ids of its results. */
  readonly step: string
  readonly keys: Keys<I>
  readonly fns: readonly AnyCombineFn[]
  /** What the combine functions get of an element; undefined: the element itself. */
  readonly input?: ((element: I) => unknown) | undefined
  /** The result for a key, from what each function has extracted. */
  result(key: unknown, outputs: unknown[]): O
  /** Emits a result for empty input, as far as windows permit it. */
  readonly defaults?: boolean | undefined
}
