import type {GcsPage} from './gcs-answers.ts'
import type {GcsClient} from './gcs-client.ts'
import {unexpectedGcs} from './gcs-request.ts'

/** Makes a call, with retries. */
type Call = (run: (signal: AbortSignal) => Promise<GcsPage>) => Promise<GcsPage>

/**
 * All pages of a listing. A page that comes a second time (from a cache that ignores `pageToken`) is requested again: the
 * listing would never end, or would lack files.
 */
export async function* listPages(
  client: GcsClient,
  bucket: string,
  query: {prefix: string; delimiter?: string},
  call: Call,
): AsyncGenerator<GcsPage> {
  const seen = new Set<string>()
  let pageToken: string | undefined
  do {
    const page = await call(async signal => {
      const answer = await client.list(bucket, pageToken === undefined ? query : {...query, pageToken}, signal)
      if (marksOf(answer).some(mark => seen.has(mark)))
        throw unexpectedGcs('objects.list', 'this page was already received', answer.reply)
      return answer
    })
    for (const mark of marksOf(page)) seen.add(mark)
    yield page
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
}

/** What no two pages of a listing share: the first object, and the token of the next page. */
function marksOf({files, nextPageToken}: GcsPage): string[] {
  return [...files.slice(0, 1).map(({path}) => path), ...(nextPageToken === undefined ? [] : [nextPageToken])]
}
