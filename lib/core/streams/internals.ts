/** The main output of a stage. Registered like the other brands, since stages of two copies of the package read each other's. */
export const OUTPUT: unique symbol = Symbol.for('sluice.output/1') as never
/** All outputs of a stage: the main one and its tags. */
export const OUTPUTS: unique symbol = Symbol.for('sluice.outputs/1') as never
/** How a DoFn interprets what its `process` returns. */
export const CALL_KIND: unique symbol = Symbol.for('sluice.call-kind/1') as never
/** Notified when a source starts to drain. */
export const DRAIN_BY: unique symbol = Symbol('drain by')
/** The error of a drain that took too long. */
export const DRAIN_ERROR: unique symbol = Symbol('drain error')
/** Called for values that a source has read and will not hand on. */
export const NEVER_STARTED: unique symbol = Symbol('never started')
/** Makes a source emit a barrier. */
export const EMIT_BARRIER: unique symbol = Symbol('emit barrier')
