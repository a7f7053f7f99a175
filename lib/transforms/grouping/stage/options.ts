import type {OnError, StageOptions} from '../../../core/index.ts'
import type {Size} from '../../../util/index.ts'

/** Options of every grouping. */
export interface GroupingOptions<Tag extends string = string> extends StageOptions {
  /**
   * What happens to an element whose key cannot be encoded, or that a combine function does not take: 'fail' (default) or
   * `deadLetter('tag')`.
   */
  onError?: OnError<Tag> | undefined
  /**
   * Required behind a message source: 'volatile' acknowledges messages when they have been taken in, so that what is in open windows
   * is lost if the process dies. Without messages it changes nothing.
   */
  state?: 'volatile' | undefined
  /**
   * What groups of this step may take in memory, an estimate of their heap in bytes; default 256 MB. The process takes more: up to
   * four times this was seen. Beyond it, groups that emit at the end of their window only (the default trigger without lateness, in
   * windows that do not merge) wait on disk until then; keys and values must be plain data. All other groups stay in memory.
   */
  memory?: Size | undefined
}

export const GROUPING_OPTION_NAMES = ['onError', 'state', 'memory'] as const
