import type {Bundle} from '../bundle/bundle.ts'
import type {StageInfo} from './stage-info.ts'

/** Brand of a stage; its value is the stage's {@link StageInfo}. Registered, so that two copies of the package know each other's. */
export const STAGE: unique symbol = Symbol.for('sluice.stage/1') as never
/** Brand of a bundle. */
export const BUNDLE: unique symbol = Symbol.for('sluice.bundle/1') as never
/** Where element types hang; nothing is there at run time. */
export declare const types: unique symbol

/** True for a Bundle of any copy of the package. */
export function isBundle(chunk: unknown): chunk is Bundle<unknown> {
  return typeof chunk === 'object' && chunk !== null && (chunk as {[BUNDLE]?: unknown})[BUNDLE] === true
}

/** The stage behind a stream, or undefined for a stream that is not ours. */
export function stageOf(stream: unknown): StageInfo | undefined {
  return typeof stream === 'object' && stream !== null ? (stream as {[STAGE]?: StageInfo})[STAGE] : undefined
}
