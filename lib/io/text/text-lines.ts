import type {Bundle} from '../../core/index.ts'
import {integerOption} from '../../errors/index.ts'
import {type FileInput, lineBundles, offsetBundles} from '../../files/index.ts'
import {DEFAULT_MAX_LINE_BYTES, LineSplitter} from '../../formats/index.ts'

/** How text becomes lines. */
export interface TextOptions {
  /** Lines to leave out at the beginning of each file, default 0. */
  skipHeaderLines?: number
  /** Longest line in bytes, default 64 MiB; a longer one fails the run. */
  maxLineBytes?: number
}

export const TEXT_OPTION_NAMES = ['skipHeaderLines', 'maxLineBytes'] as const

/** {@link TextOptions}, checked and complete. */
export interface TextSettings {
  readonly skipHeaderLines: number
  readonly maxLineBytes: number
}

export function checkTextOptions(where: string, options: TextOptions | undefined): TextSettings {
  return {
    skipHeaderLines: integerOption(where, 'skipHeaderLines', options?.skipHeaderLines, 0, 0),
    maxLineBytes: integerOption(where, 'maxLineBytes', options?.maxLineBytes, DEFAULT_MAX_LINE_BYTES, 1),
  }
}

/** The lines of a file. */
export async function* linesOf(
  {file, prefix, content}: FileInput,
  settings: TextSettings,
): AsyncGenerator<Bundle<string>> {
  const splitter = new LineSplitter({file: file.path, ...settings})
  for await (const chunk of content) yield* lineBundles(prefix, splitter, chunk)
  const {values, offsets} = splitter.end()
  yield* offsetBundles(prefix, values, offsets)
}
