import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net'

/** A way to the server that can turn into a black hole: connections stay open, and nothing comes through any more. */
export class BlackHole {
  readonly #server: Server
  readonly #pairs: [Socket, Socket][] = []
  connections = 0

  constructor(target: string) {
    const [host, port] = target.split(':')
    this.#server = createServer({noDelay: true}, inner => {
      this.connections++
      const outer = connect({port: Number(port), host: host!, noDelay: true})
      for (const socket of [inner, outer]) socket.on('error', () => {})
      inner.pipe(outer).pipe(inner)
      this.#pairs.push([inner, outer])
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What is connected now is dead, and nobody is told. */
  swallow(): void {
    for (const [inner, outer] of this.#pairs) {
      inner.unpipe(outer)
      outer.unpipe(inner)
      inner.resume()
      outer.resume()
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}
