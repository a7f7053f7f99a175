import type {StageInfo} from './info/stage-info.ts'

/** Brand of a stage; its value is the stage's {@link StageInfo}. Registered, so that two copies of the package know each other's. */
export const STAGE: unique symbol = Symbol.for('sluice.stage/1') as never
/** Where element types hang; nothing is there at run time. */
export declare const types: unique symbol

/** The stage behind a stream, or undefined for a stream that is not ours. */
export function stageOf(stream: unknown): StageInfo | undefined {
  return typeof stream === 'object' && stream !== null ? (stream as {[STAGE]?: StageInfo})[STAGE] : undefined
}
