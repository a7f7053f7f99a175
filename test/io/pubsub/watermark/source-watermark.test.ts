import {expect} from 'chai'
import fc from 'fast-check'
import {SourceWatermark} from '../../../../lib/io/pubsub/watermark/source-watermark.ts'

const MINUTE = 60_000
const UNKNOWN = Number.NEGATIVE_INFINITY
const free = {startedAt: 0, freeSince: 0}
const limited = {startedAt: 0, freeSince: Number.POSITIVE_INFINITY}

/** A message that arrives at `now`, published and timed at `timestamp`. */
function arrive(watermark: SourceWatermark, key: string, timestamp: number, now: number): void {
  watermark.arrived(key, timestamp)
  watermark.sample(timestamp, 0, Math.max(0, now - timestamp), now)
}

describe('the estimate of a watermark', () => {
  it('is unknown before a stream was open, and for the hold after that', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 2 * MINUTE})
    arrive(watermark, 'a', 5, 10)
    expect(watermark.estimate(10 * MINUTE, {...free, startedAt: undefined})).to.equal(UNKNOWN)
    expect(watermark.estimate(10 * MINUTE, {...free, startedAt: 8 * MINUTE + 1})).to.equal(UNKNOWN)
    expect(watermark.estimate(10 * MINUTE, {...free, startedAt: 8 * MINUTE})).to.equal(5)
  })

  it('is the smallest timestamp of the last minute', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    for (const [key, timestamp, now] of [
      ['a', 700, 1000],
      ['b', 300, 2000],
      ['c', 900, 30_000],
    ] as const) {
      arrive(watermark, key, timestamp, now)
      watermark.acknowledged(timestamp)
    }
    expect(watermark.estimate(61_000, free)).to.equal(300)
    expect(watermark.estimate(63_000, free)).to.equal(900)
  })

  it('never passes a message that is held', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    arrive(watermark, 'a', 500, 1000)
    expect(watermark.estimate(10 * MINUTE, free)).to.equal(500)
    watermark.acknowledged(500)
    expect(watermark.estimate(10 * MINUTE, free)).to.be.greaterThan(500)
  })

  it('does not pass a message that was given back until it has come again and is acknowledged', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    arrive(watermark, 'a', 500, 1000)
    watermark.returned('a', 500, 2000)
    expect(watermark.estimate(9 * MINUTE, free)).to.equal(500)
    arrive(watermark, 'a', 500, 9 * MINUTE)
    expect(watermark.estimate(30 * MINUTE, free)).to.equal(500)
    watermark.acknowledged(500)
    expect(watermark.estimate(30 * MINUTE, free)).to.be.greaterThan(500)
  })

  it('waits 11 minutes for a message that was given back', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    arrive(watermark, 'a', 500, 1000)
    watermark.returned('a', 500, 2000)
    expect(watermark.estimate(2000 + 11 * MINUTE - 1, free)).to.equal(500)
    expect(watermark.estimate(2000 + 11 * MINUTE, free)).to.be.greaterThan(500)
  })

  it('stays while messages of a broken stream may come again', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    expect(watermark.estimate(2 * MINUTE, free)).to.equal(2 * MINUTE - 1000)
    watermark.interrupted(2 * MINUTE, 10_000)
    expect(watermark.estimate(2 * MINUTE + 9999, free)).to.equal(2 * MINUTE - 1000)
    expect(watermark.estimate(2 * MINUTE + 10_000, free)).to.equal(2 * MINUTE + 9000)
  })

  it('follows the clock only after a window in which nothing held the service back', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    expect(watermark.estimate(10 * MINUTE, limited)).to.equal(UNKNOWN)
    expect(watermark.estimate(10 * MINUTE, {startedAt: 0, freeSince: 9 * MINUTE + 1})).to.equal(UNKNOWN)
    expect(watermark.estimate(10 * MINUTE, {startedAt: 0, freeSince: 9 * MINUTE})).to.equal(10 * MINUTE - 1000)
  })

  it('follows the clock at a distance of the largest lag of a timestamp, whenever that was', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    watermark.arrived('a', 1000)
    watermark.sample(1000, 30_000, 0, 31_000)
    watermark.acknowledged(1000)
    expect(watermark.estimate(100 * MINUTE, free)).to.equal(100 * MINUTE - 31_000)
  })

  it('counts the delay of delivery, such as that of a backlog, for 10 minutes', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    watermark.arrived('a', 0)
    watermark.sample(0, 0, 20_000, 20_000)
    watermark.acknowledged(0)
    expect(watermark.estimate(5 * MINUTE, free)).to.equal(5 * MINUTE - 20_000)
    expect(watermark.estimate(11 * MINUTE, free)).to.equal(11 * MINUTE - 1000)
  })

  it('never goes backwards', () => {
    const watermark = new SourceWatermark({window: MINUTE, restartHold: 0})
    const before = watermark.estimate(10 * MINUTE, free)
    arrive(watermark, 'late', 5, 10 * MINUTE)
    expect(watermark.estimate(10 * MINUTE, free)).to.equal(before)
  })
})

/** A message of the model. */
interface Message {
  readonly key: string
  readonly timestamp: number
  state: 'waiting' | 'held' | 'done'
  /** When it was given back, or when the ack deadline of another process ends. */
  since: number
  /** It had been delivered before: the watermark may not pass it. */
  covered: boolean
}

/** The rules, spelled out slowly: lists and no state but what has happened. */
class Reference {
  readonly samples: {timestamp: number; at: number}[] = []
  startedAt = 0
  heldUntil = UNKNOWN
  last = UNKNOWN

  estimate(now: number, messages: readonly Message[], freeSince: number): number {
    if (now < this.startedAt + MINUTE || now < this.heldUntil) return this.last
    // the window moves on second by second
    const recent = this.samples.filter(({at}) => Math.floor(at / 1000) >= Math.floor(now / 1000) - 60)
    if (recent.length === 0 && now - freeSince < MINUTE) return this.last
    const delays = this.samples.filter(({at}) => Math.floor(at / 10_000) >= Math.floor(now / 10_000) - 60)
    const bound =
      recent.length > 0
        ? Math.min(...recent.map(({timestamp}) => timestamp))
        : now - Math.max(1000, ...delays.map(({timestamp, at}) => at - timestamp))
    const held = messages.filter(({state}) => state === 'held').map(({timestamp}) => timestamp)
    const returned = messages
      .filter(({state, covered, since}) => state === 'waiting' && covered && now < since + 11 * MINUTE)
      .map(({timestamp}) => timestamp)
    this.last = Math.max(this.last, Math.min(bound, ...held, ...returned))
    return this.last
  }
}

/** A subscription, its reader, and both estimates. */
class World {
  now = 0
  messages: Message[] = []
  watermark = new SourceWatermark({window: MINUTE, restartHold: MINUTE})
  reference = new Reference()
  freeSince = 0
  #made = 0

  readonly #of = (state: Message['state']) => this.messages.filter(message => message.state === state)

  pass(ms: number): void {
    this.now += ms
    // what was given back, or was left by another process, comes again before its time is over
    for (const message of this.#of('waiting'))
      if (message.covered && this.now >= message.since + MINUTE - 1000) this.#deliver(message)
  }

  publish(lag: number): void {
    const timestamp = this.now - lag
    this.messages.push({key: `${this.#made++}`, timestamp, state: 'waiting', since: this.now, covered: false})
  }

  #deliver(message: Message): void {
    message.state = 'held'
    message.covered = true
    this.watermark.arrived(message.key, message.timestamp)
    this.watermark.sample(message.timestamp, 0, this.now - message.timestamp, this.now)
    this.reference.samples.push({timestamp: message.timestamp, at: this.now})
  }

  deliver(which: number): void {
    const waiting = this.#of('waiting')
    if (waiting.length > 0) this.#deliver(waiting[which % waiting.length]!)
  }

  acknowledge(which: number): void {
    const held = this.#of('held')
    const message = held[which % held.length]
    if (!message) return
    message.state = 'done'
    this.watermark.acknowledged(message.timestamp)
  }

  giveBack(which: number): void {
    const held = this.#of('held')
    const message = held[which % held.length]
    if (!message) return
    message.state = 'waiting'
    message.since = this.now
    this.watermark.returned(message.key, message.timestamp, this.now)
  }

  pause(): void {
    this.freeSince = Number.POSITIVE_INFINITY
  }

  resume(): void {
    if (this.freeSince === Number.POSITIVE_INFINITY) this.freeSince = this.now
  }

  /** The process dies and starts again: what it held comes again within a minute. */
  restart(): void {
    for (const message of this.#of('held')) Object.assign(message, {state: 'waiting', since: this.now})
    // the new process knows nothing of what was given back before it
    for (const message of this.#of('waiting')) if (message.covered) message.since = Math.min(message.since, this.now)
    this.watermark = new SourceWatermark({window: MINUTE, restartHold: MINUTE})
    this.reference = new Reference()
    this.reference.startedAt = this.freeSince = this.now
  }

  interrupt(): void {
    this.watermark.interrupted(this.now, 10_000)
    this.reference.heldUntil = Math.max(this.reference.heldUntil, this.now + 10_000)
    this.freeSince = this.now
  }

  check(): void {
    const {startedAt} = this.reference
    const before = this.reference.last
    const known = this.messages.filter(({since, state}) => state !== 'waiting' || since >= startedAt)
    const estimate = this.watermark.estimate(this.now, {startedAt, freeSince: this.freeSince})
    expect(estimate).to.equal(this.reference.estimate(this.now, known, this.freeSince))
    expect(estimate).to.be.at.least(before)
    if (estimate === before) return
    for (const {state, covered, timestamp, key} of this.messages)
      if (state === 'held' || (state === 'waiting' && covered))
        expect(estimate, `message ${key}, ${state}`).to.be.at.most(timestamp)
  }
}

const step = fc.oneof(
  {weight: 8, arbitrary: fc.record({do: fc.constant('pass'), n: fc.integer({min: 1, max: 30_000})})},
  {weight: 5, arbitrary: fc.record({do: fc.constant('publish'), n: fc.integer({min: 0, max: 90_000})})},
  {weight: 8, arbitrary: fc.record({do: fc.constantFrom('deliver', 'acknowledge'), n: fc.nat(100)})},
  {weight: 3, arbitrary: fc.record({do: fc.constantFrom('giveBack', 'resume'), n: fc.nat(100)})},
  {weight: 1, arbitrary: fc.record({do: fc.constantFrom('giveBack', 'pause', 'restart', 'interrupt'), n: fc.nat(100)})},
)

describe('a watermark over random arrivals, returns, redeliveries, pauses and restarts', () => {
  it('is that of the slow reference, never goes backwards, and moves past no message that will come again', () => {
    fc.assert(
      fc.property(fc.array(step, {minLength: 50, maxLength: 200, size: 'max'}), steps => {
        const world = new World()
        for (const {do: what, n} of steps) {
          world[what as 'pass'](n)
          world.check()
        }
      }),
      {numRuns: 300},
    )
  })
})
