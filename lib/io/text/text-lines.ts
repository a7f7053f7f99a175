import type {Bundle} from '../../core/index.ts'
import {type FileInput, lineBundles, offsetBundles} from '../../files/index.ts'
import {type TextSettings, textSplitter, type Utf8Notice} from '../../formats/index.ts'

/** The lines of a file; `notice` warns of those that are not UTF-8. */
export async function* linesOf(
  {file, prefix, content, follow}: FileInput,
  settings: TextSettings,
  notice: Utf8Notice,
): AsyncGenerator<Bundle<string>> {
  const splitter = textSplitter(file.path, settings, true)
  follow?.(splitter)
  const noted = notice.on(splitter, file.path)
  for await (const chunk of content) yield* lineBundles(prefix, noted, chunk)
  const {values, offsets} = noted.end()
  yield* offsetBundles(prefix, values, offsets)
}
