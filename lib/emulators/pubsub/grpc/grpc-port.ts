import {type AddressInfo, createServer, type Server, type Socket} from 'node:net'
import {messageOf, SluiceError} from '../../../errors/index.ts'

/** What connections are handed to. */
export interface ConnectionTaker {
  take(socket: Socket): void
}

/**
 * A port on the loopback interface whose server is made with the first connection: loading grpc takes longer than starting
 * all else. It can be closed and opened again, which clients see as a restart.
 */
export class GrpcPort {
  readonly #make: () => Promise<ConnectionTaker>
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #taker: Promise<ConnectionTaker> | undefined
  port: number

  /** @param port 0 for any free one */
  constructor(port: number, make: () => Promise<ConnectionTaker>) {
    this.port = port
    this.#make = make
  }

  get isOpen(): boolean {
    return this.#server !== undefined
  }

  async open(): Promise<void> {
    if (this.#server) return
    const server = createServer(socket => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', cause =>
        reject(
          new SluiceError(
            'ERR_SLUICE_EMULATOR',
            `The local Pub/Sub cannot listen on 127.0.0.1:${this.port}: ${messageOf(cause)}`,
            {cause},
          ),
        ),
      )
      server.listen(this.port, '127.0.0.1', resolve)
    })
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Frees the port and cuts every connection. */
  async close(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    this.#taker ??= this.#make()
    this.#taker.then(
      taker => void (socket.destroyed || taker.take(socket)),
      () => socket.destroy(),
    )
  }
}
