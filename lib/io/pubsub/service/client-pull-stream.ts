import {classifyError, unexpectedAnswer} from './classify-error.ts'
import {PubSubError} from './pubsub-error.ts'
import type {PullEvents, PullRequest, PullResponse, PullStream} from './pubsub-port.ts'

/** The grpc duplex stream of a streaming pull. */
interface GrpcStream {
  write(request: object): void
  on(event: string, listener: (value: never) => void): GrpcStream
  pause(): void
  resume(): void
  cancel(): void
}

/** The stub that the generated client builds from the service's description: its bare calls. */
export interface PullStub {
  streamingPull(): GrpcStream
}

/** One streaming pull on the generated client. */
export class ClientPullStream implements PullStream {
  readonly #request: PullRequest
  readonly #events: PullEvents
  readonly #answered: () => void
  readonly #reached: () => boolean
  #stream: GrpcStream | undefined
  #over = false
  #paused = false

  /** `answered` is called for each response; `reached` returns whether there has ever been one. */
  constructor(request: PullRequest, events: PullEvents, answered: () => void, reached: () => boolean) {
    this.#request = request
    this.#events = events
    this.#answered = answered
    this.#reached = reached
  }

  open(stub: PullStub): void {
    if (this.#over) return
    const stream = stub.streamingPull()
    this.#stream = stream
    // from version 1 on the service answers keep-alives, which distinguishes an idle stream from a dead one
    stream.write({...this.#request, protocolVersion: 1})
    stream.on('data', (response: PullResponse) => {
      if (this.#over) return
      const problem = problemOf(response)
      if (problem !== undefined) {
        this.failed(unexpectedAnswer('streamingPull', problem, response), this.#reached())
        stream.cancel()
        return
      }
      this.#answered()
      this.#events.received(response)
    })
    stream.on('error', (error: Error) => this.failed(error, this.#reached()))
    stream.on('end', () => this.failed(new PubSubError('unavailable', 'the stream has ended'), true))
    if (this.#paused) stream.pause()
  }

  failed(error: unknown, reached: boolean): void {
    if (this.#over) return
    this.#over = true
    this.#events.ended(classifyError(error, reached))
  }

  #send(request: object): void {
    if (!this.#over) this.#stream?.write(request)
  }

  keepAlive(): void {
    this.#send({})
  }

  setAckDeadline(seconds: number): void {
    this.#request.streamAckDeadlineSeconds = seconds
    this.#send({streamAckDeadlineSeconds: seconds})
  }

  pause(): void {
    this.#paused = true
    this.#stream?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#stream?.resume()
  }

  cancel(): void {
    this.#over = true
    this.#stream?.cancel()
  }
}

/** What is wrong with a response, if anything: a malformed message, or one that could not be acknowledged. */
function problemOf({receivedMessages}: PullResponse): string | undefined {
  if (!Array.isArray(receivedMessages)) return 'it lacks a list of messages'
  for (const {ackId, message} of receivedMessages) {
    if (typeof ackId !== 'string' || ackId === '') return 'one of its messages has no ack id'
    if (!message || typeof message.messageId !== 'string' || message.messageId === '')
      return 'one of its messages has no id'
    if (!message.publishTime) return 'one of its messages has no publish time'
  }
  return undefined
}
