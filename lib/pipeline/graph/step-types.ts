import type {types} from '../../core/index.ts'

declare const none: unique symbol

/** What TypeScript infers as the output of a step that has none: a sink. */
export interface NoOutput {
  readonly [none]: true
}

/** A stage that takes elements of type `I`: a DoFn, or a Sink, which has no output. */
export interface Step<in I, out O, Tags extends object> {
  readonly [types]: {in: (x: I) => void; out?: (() => O) | undefined; tags?: (() => Tags) | undefined}
}

/** A stage that a pipeline begins with: it emits elements and takes none. */
export interface Root<out O, Tags extends object> {
  readonly [types]: {out: () => O; tags?: (() => Tags) | undefined; in?: never | undefined}
}

/** A stage in the middle of a chain: a DoFn, which has an output. */
export interface Through<in I, out O> {
  readonly [types]: {in: (x: I) => void; out: () => O}
}

/** A stage at the end of a chain: a sink, which has none. */
export interface End<in I> {
  readonly [types]: {in: (x: I) => void; out?: never | undefined}
}
