import type {OnError, StageOptions} from '../../../core/index.ts'

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
}

export const GROUPING_OPTION_NAMES = ['onError', 'state'] as const
