// A proxy between a contestant and BigQuery that records how long after publishing each row was committed.
import {createServer, request, type Server} from 'node:http'
import {buffer} from 'node:stream/consumers'
import {gunzipSync} from 'node:zlib'
import type {Row} from './message.ts'

interface Insert {
  rows: {json: Row}[]
}

export class CommitTimes {
  /** Milliseconds from publishing to the answer of insertAll, one a row. */
  readonly latencies: number[] = []
  readonly #server: Server

  constructor(target: string) {
    this.#server = createServer((incoming, outgoing) => {
      void (async () => {
        const body = await buffer(incoming)
        const {method, headers, url} = incoming
        const forwarded = request(new URL(url!, target), {method, headers: {...headers, host: new URL(target).host}})
        forwarded.on('response', response => {
          void buffer(response).then(answer => {
            if (url!.includes('/insertAll') && response.statusCode === 200)
              this.#note(body, headers['content-encoding'])
            outgoing.writeHead(response.statusCode!, response.headers).end(answer)
          })
        })
        forwarded.on('error', () => outgoing.destroy())
        forwarded.end(body)
      })()
    })
  }

  #note(body: Buffer, encoding: string | undefined): void {
    const now = performance.timeOrigin + performance.now()
    const {rows}: Insert = JSON.parse((encoding === 'gzip' ? gunzipSync(body) : body).toString())
    for (const {json} of rows) this.latencies.push(now - Number(json.sent))
  }

  /** Starts listening; the address. */
  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as {port: number}).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
