import {expect} from 'chai'
import {BatchQueue} from '../../lib/batching/batch-queue.ts'
import {type Deferred, deferred} from '../../lib/util/index.ts'
import {ManualClock, settle} from './manual-clock.ts'

interface Item {
  name: string
  bytes: number
}

function make(policy: {maxRows?: number; maxBytes?: number; maxDelay?: number; maxInFlight?: number} = {}) {
  const clock = new ManualClock()
  const sent: string[] = []
  const going: Deferred<void>[] = []
  const queue = new BatchQueue<Item>(
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
  const add = (names: string, bytes = 1) => {
    for (const name of names) queue.add({name, bytes})
  }
  return {clock, sent, going, queue, add}
}

describe('batching: BatchQueue', () => {
  it('sends a batch when it is full', () => {
    const {sent, add} = make()
    add('abcd')
    expect(sent).to.deep.equal(['abc'])
  })

  it('sends what there is when its first row has waited for maxDelay', () => {
    const {sent, add, clock} = make()
    add('a')
    clock.advance(600)
    add('b')
    clock.advance(399)
    expect(sent).to.deep.equal([])
    clock.advance(1)
    expect(sent).to.deep.equal(['ab'])
  })

  it('never makes a request larger than maxBytes of several rows', () => {
    const {sent, add} = make()
    add('ab', 40)
    add('c', 40)
    expect(sent).to.deep.equal(['ab'])
  })

  it('sends a row that is larger than maxBytes alone', () => {
    const {sent, add} = make()
    add('a', 5)
    add('B', 500)
    expect(sent).to.deep.equal(['a', 'B'])
  })

  it('keeps maxInFlight requests going and one full batch waiting, no more', async () => {
    const {sent, add, queue, going} = make()
    add('abcdef')
    expect(queue.hasRoom).to.equal(true)
    add('ghi')
    expect(queue.hasRoom).to.equal(false)
    expect(sent).to.deep.equal(['abc', 'def'])
    const room = queue.room()
    going[0]!.resolve()
    await room
    expect(sent).to.deep.equal(['abc', 'def', 'ghi'])
  })

  it('lets a batch that is due but finds no slot grow until it gets one', async () => {
    const {sent, add, clock, going} = make({maxInFlight: 1})
    add('abc')
    add('d')
    clock.advance(1000)
    add('e')
    expect(sent).to.deep.equal(['abc'])
    going[0]!.resolve()
    await settle()
    expect(sent).to.deep.equal(['abc', 'de'])
  })

  it('drains: everything added so far has been sent and answered', async () => {
    const {sent, add, going, queue} = make({maxInFlight: 1})
    add('abcd')
    let drained = false
    void queue.drain().then(() => {
      drained = true
    })
    going[0]!.resolve()
    await settle()
    expect(sent).to.deep.equal(['abc', 'd'])
    expect(drained).to.equal(false)
    going[1]!.resolve()
    await settle()
    expect(drained).to.equal(true)
  })

  it('drains though rows keep coming', async () => {
    const {add, going, queue} = make()
    add('a')
    const drained = queue.drain()
    add('bc')
    going[0]!.resolve()
    await drained
  })

  it('makes smaller batches after one was too large', () => {
    const {sent, add, queue} = make({maxRows: 100})
    queue.shrink(50)
    add('abc', 15)
    expect(sent).to.deep.equal(['ab'])
  })

  it('forgets what was not sent when it stops, and waits for what was', async () => {
    const {sent, add, going, queue, clock} = make({maxInFlight: 1})
    add('abcdef')
    const stopped = queue.stop()
    going[0]!.resolve()
    await stopped
    clock.advance(1000)
    expect(sent).to.deep.equal(['abc'])
    expect(clock.pending).to.equal(0)
  })

  it('lets whoever waits go when it is cleared', async () => {
    const {add, queue} = make({maxInFlight: 1})
    add('abcdef')
    const waiting = queue.room()
    queue.clear()
    await waiting
  })
})
