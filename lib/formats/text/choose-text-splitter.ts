import {DelimitedSplitter} from './delimited-splitter.ts'
import {LineSplitter} from './line-splitter.ts'
import type {TextSettings} from './text-options.ts'
import type {TextSplitter} from './text-splitter.ts'

/**
 * The splitter for one file: plain lines have their own, which knows no delimiters and is faster for it. With `checkUtf8`
 * batches report which records are not UTF-8.
 */
export function textSplitter(file: string, settings: TextSettings, checkUtf8 = false): TextSplitter {
  return settings.delimiter === undefined && settings.escape === undefined
    ? new LineSplitter({file, ...settings, checkUtf8})
    : new DelimitedSplitter(file, settings, checkUtf8)
}
