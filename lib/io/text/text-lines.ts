import type {Bundle} from '../../core/index.ts'
import {type FileInput, lineBundles, offsetBundles} from '../../files/index.ts'
import {type TextSettings, textSplitter} from '../../formats/index.ts'

/** The lines of a file. */
export async function* linesOf(
  {file, prefix, content, follow}: FileInput,
  settings: TextSettings,
): AsyncGenerator<Bundle<string>> {
  const splitter = textSplitter(file.path, settings)
  follow?.(splitter)
  for await (const chunk of content) yield* lineBundles(prefix, splitter, chunk)
  const {values, offsets} = splitter.end()
  yield* offsetBundles(prefix, values, offsets)
}
