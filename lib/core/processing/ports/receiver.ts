import type {Bundle} from '../../bundle/bundle.ts'

/** Takes what a processor makes: the outputs of a stream, the harness of a runner, a test. */
export interface Receiver {
  /** Takes outputs; on the main output without a tag. Tags must be claimed. */
  push(tag: string | undefined, bundle: Bundle<unknown>): void
  /** True while every output has room. A push without room is taken all the same. */
  hasRoom(): boolean
  /** Calls back once as soon as every output has room; never after the stage was destroyed. */
  whenRoom(callback: () => void): void
  /** Moves the watermark of all outputs; nothing happens if it would not move forward. */
  advance(watermark: number): void
  /** Passes a barrier on over all outputs, behind everything that was pushed. */
  barrier(barrier: number): void
  /** True when somebody takes what is emitted to the tag. */
  claims(tag: string): boolean
}
