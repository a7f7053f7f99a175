import type {Bundle} from '../../bundle/bundle.ts'

/** Takes the outputs of a processor: the outputs of a stream, the harness of a runner, or a test. */
export interface Receiver {
  /** Takes outputs; `undefined` is the main output. Tags must be claimed. */
  push(tag: string | undefined, bundle: Bundle<unknown>): void
  /** True while every output has room. A push is accepted even without room. */
  hasRoom(): boolean
  /** Calls back once, as soon as every output has room; never after the stage has been destroyed. */
  whenRoom(callback: () => void): void
  /** Advances the watermark of all outputs; ignored if it would not move forward. */
  advance(watermark: number): void
  /** Passes a barrier to all outputs, after everything that was pushed. */
  barrier(barrier: number): void
  /** True when the tag has a reader. */
  claims(tag: string): boolean
}
