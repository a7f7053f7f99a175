import type {DoFn} from '../../core/index.ts'

/** A stage and its name, which need not be unique yet. */
export interface PipeStep {
  readonly name: string
  readonly stage: DoFn<unknown, unknown, {[tag: string]: unknown}>
}
