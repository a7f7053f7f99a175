import {expect} from 'chai'
import fc from 'fast-check'
import {KeyedBatchQueue} from '../../lib/batching/keyed-batch-queue.ts'
import {type Deferred, deferred} from '../../lib/util/index.ts'
import {ManualClock, settle} from './manual-clock.ts'

interface Item {
  name: string
  bytes: number
  lane: string
  ordered: boolean
}

function make(policy: {maxRows?: number; maxBytes?: number; maxDelay?: number; maxInFlight?: number} = {}) {
  const clock = new ManualClock()
  const sent: string[] = []
  const going: Deferred<void>[] = []
  const queue = new KeyedBatchQueue<Item>(
    {maxRows: 3, maxBytes: 100, maxDelay: 1000, maxInFlight: 2, ...policy},
    () => clock,
    10,
    items => {
      sent.push(items.map(item => item.name).join(''))
      const call = deferred<void>()
      going.push(call)
      return call.promise
    },
  )
  /** Lower case goes to the lane `-`; upper case to the ordered lane of its letter. */
  const add = (names: string, bytes = 1) => {
    for (const name of names) {
      const ordered = name !== name.toLowerCase()
      queue.add({name, bytes, lane: ordered ? name : '-', ordered})
    }
  }
  const answer = async (...calls: number[]) => {
    for (const call of calls) going[call]!.resolve()
    await settle()
  }
  return {clock, sent, going, queue, add, answer}
}

describe('batching: KeyedBatchQueue', () => {
  it('sends a batch when it is full', () => {
    const {sent, add} = make()
    add('abcd')
    expect(sent).to.deep.equal(['abc'])
  })

  it('never puts items of two lanes into one request', async () => {
    const {sent, add, clock} = make({maxInFlight: 9})
    add('aAbBA')
    clock.advance(1000)
    expect(sent).to.deep.equal(['ab', 'AA', 'B'])
  })

  it('sends what there is when the first item of its lane has waited for maxDelay', () => {
    const {sent, add, clock} = make()
    add('a')
    clock.advance(600)
    add('A')
    clock.advance(399)
    expect(sent).to.deep.equal([])
    clock.advance(1)
    expect(sent).to.deep.equal(['a'])
    clock.advance(599)
    expect(sent).to.deep.equal(['a'])
    clock.advance(1)
    expect(sent).to.deep.equal(['a', 'A'])
  })

  it('has one timer, however many lanes wait', () => {
    const {queue, clock} = make({maxRows: 1000})
    for (let i = 0; i < 1000; i++) queue.add({name: 'x', bytes: 0, lane: `${i}`, ordered: true})
    expect(clock.pending).to.equal(1)
  })

  it('has one request of an ordered lane going, and gathers what comes meanwhile', async () => {
    const {sent, add, clock, answer} = make()
    add('A')
    clock.advance(1000)
    add('AAAAA')
    clock.advance(1000)
    expect(sent).to.deep.equal(['A'])
    await answer(0)
    expect(sent).to.deep.equal(['A', 'AAA'])
    await answer(1)
    expect(sent).to.deep.equal(['A', 'AAA', 'AA'])
  })

  it('has maxInFlight requests going over all lanes, which take turns', async () => {
    const {sent, add, answer} = make({maxInFlight: 2, maxRows: 1})
    add('Aab')
    add('B')
    expect(sent).to.deep.equal(['A', 'a'])
    await answer(0, 1)
    expect(sent).to.deep.equal(['A', 'a', 'b', 'B'])
  })

  it('an ordered lane that waits for its answer holds no other up', async () => {
    const {sent, add} = make({maxInFlight: 3, maxRows: 1})
    add('AAab')
    expect(sent).to.deep.equal(['A', 'a', 'b'])
  })

  it('has room for maxInFlight batches that wait, in rows', async () => {
    const {add, queue, answer} = make()
    add('abcdef')
    add('ghijk')
    expect(queue.hasRoom).to.equal(true)
    add('l')
    expect(queue.hasRoom).to.equal(false)
    const room = queue.room()
    await answer(0)
    await room
  })

  it('has room for maxInFlight batches that wait, in bytes', () => {
    const {add, queue} = make()
    add('ab', 90)
    add('cd', 90)
    expect(queue.hasRoom).to.equal(true)
    add('e', 90)
    expect(queue.hasRoom).to.equal(false)
  })

  it('holds no more with a hundred thousand lanes', () => {
    const {queue} = make({maxRows: 500, maxInFlight: 16, maxBytes: 1e6})
    let held = 0
    for (; held < 100_000 && queue.hasRoom; held++) queue.add({name: 'x', bytes: 1, lane: `${held}`, ordered: true})
    // one of each lane has left, as far as requests go at once
    expect(held).to.equal(500 * 16 + 16)
  })

  it('does not wait for maxDelay while somebody waits for room', () => {
    const {queue, sent} = make({maxRows: 3, maxInFlight: 2})
    for (const lane of 'ABCDEF') queue.add({name: lane, bytes: 1, lane, ordered: true})
    expect(sent).to.deep.equal(['A', 'B'])
  })

  it('forgets a lane that has nothing left', async () => {
    const {queue, add, clock, answer} = make()
    add('aA')
    clock.advance(1000)
    expect(queue.lanes).to.equal(2)
    await answer(0, 1)
    expect(queue.lanes).to.equal(0)
  })

  it('sends an item that is larger than maxBytes alone', () => {
    const {sent, add} = make()
    add('a', 5)
    add('b', 500)
    expect(sent).to.deep.equal(['a', 'b'])
  })

  it('makes smaller batches after one was too large', () => {
    const {sent, add, queue} = make({maxRows: 100})
    queue.shrink(50)
    add('abc', 15)
    expect(sent).to.deep.equal(['ab'])
  })

  it('drains: everything added so far has been sent and answered, whatever comes meanwhile', async () => {
    const {sent, add, queue, answer} = make()
    add('aA')
    let drained = false
    void queue.drain().then(() => {
      drained = true
    })
    add('B')
    expect(sent).to.deep.equal(['a', 'A'])
    await answer(0)
    expect(drained).to.equal(false)
    await answer(1)
    expect(drained).to.equal(true)
    expect(sent).to.deep.equal(['a', 'A'])
  })

  it('forgets what was not sent when it stops, and waits for what was', async () => {
    const {sent, add, going, queue, clock} = make({maxInFlight: 1})
    add('abcdefA')
    const stopped = queue.stop()
    going[0]!.resolve()
    await stopped
    clock.advance(1000)
    expect(sent).to.deep.equal(['abc'])
    expect(clock.pending).to.equal(0)
    expect(queue.lanes).to.equal(0)
  })

  it('lets whoever waits go when it is cleared', async () => {
    const {add, queue} = make({maxInFlight: 1})
    add('abcdef')
    const waiting = queue.room()
    const drained = queue.stop()
    await waiting
    void drained
  })

  it('sends every item once, ordered lanes in order and one request at a time, and ends idle (property)', async () => {
    const item = fc.record({lane: fc.integer({min: 0, max: 5}), bytes: fc.integer({min: 0, max: 60})})
    const policy = fc.record({
      maxRows: fc.integer({min: 1, max: 4}),
      maxInFlight: fc.integer({min: 1, max: 3}),
      maxDelay: fc.constantFrom(0, 1000),
    })
    const property = fc.asyncProperty(fc.array(item, {maxLength: 60}), policy, fc.nat(), async (items, given, seed) => {
      const clock = new ManualClock()
      const sent = new Map<string, number[]>()
      const going = new Map<string, number>()
      const calls: (() => void)[] = []
      let most = 0
      const queue = new KeyedBatchQueue<Item>(
        {maxBytes: 100, ...given},
        () => clock,
        10,
        async batch => {
          const {lane, ordered} = batch[0]!
          going.set(lane, (going.get(lane) ?? 0) + 1)
          if (ordered) expect(going.get(lane)).to.equal(1)
          most = Math.max(
            most,
            [...going.values()].reduce((sum, one) => sum + one),
          )
          expect(batch.length).to.be.at.most(given.maxRows)
          if (batch.length > 1) expect(batch.reduce((sum, {bytes}) => sum + bytes, 10)).to.be.at.most(100)
          const list = sent.get(lane) ?? []
          sent.set(lane, list)
          for (const one of batch) {
            expect(one.lane).to.equal(lane)
            list.push(Number(one.name))
          }
          await new Promise<void>(resolve => calls.push(resolve))
          going.set(lane, going.get(lane)! - 1)
        },
      )
      let random = seed
      const answerOne = async () => {
        random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
        if (calls.length > 0) calls.splice(random % calls.length, 1)[0]!()
        await settle(1)
      }
      for (const [name, {lane, bytes}] of items.entries()) {
        while (!queue.hasRoom) await answerOne()
        queue.add({name: `${name}`, bytes, lane: `${lane}`, ordered: lane > 1})
        if (random % 3 === 0) clock.advance(500)
        if (random % 4 === 0) await answerOne()
      }
      let drained = false
      void queue.drain().then(() => {
        drained = true
      })
      for (let turns = 0; !drained && turns < 500; turns++) await answerOne()
      expect(drained).to.equal(true)
      expect(most).to.be.at.most(given.maxInFlight)
      expect(queue.lanes).to.equal(0)
      expect(clock.pending).to.equal(0)
      for (let lane = 0; lane < 6; lane++) {
        const wanted = items.flatMap((one, name) => (one.lane === lane ? [name] : []))
        const got = sent.get(`${lane}`) ?? []
        expect(lane > 1 ? got : got.sort((a, b) => a - b)).to.deep.equal(wanted)
      }
    })
    await fc.assert(property, {numRuns: 150})
  })
})
