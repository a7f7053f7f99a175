import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {expect} from 'chai'
import type {RunMessage} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {Endless, Kept, Mapped, rejection, Values} from './support.ts'

describe('the diagnostics channel of runs', () => {
  const messages: RunMessage[] = []
  const heard = (message: unknown) => void messages.push(message as RunMessage)

  beforeEach(() => {
    messages.length = 0
    subscribe('sluice:run', heard)
  })
  afterEach(() => void unsubscribe('sluice:run', heard))

  it('says when a run starts and ends, and what its steps are', async () => {
    const p = new Pipeline({name: 'orders'})
    p.apply('Read', new Values([1, 2])).apply('Write', new Kept())
    const run = p.run()
    expect(messages.map(({event}) => event)).to.deep.equal(['start'])
    await run
    expect(messages.map(({event}) => event)).to.deep.equal(['start', 'end'])
    const [start, end] = messages
    expect(end!.run).to.equal(start!.run)
    expect(start!.run.pipeline).to.equal('orders')
    expect(start!.run.stages.map(({name, info}) => [name, info.name])).to.deep.equal([
      ['Read', 'Read'],
      ['Write', 'Write'],
    ])
  })

  it('says when a run is told to drain', async () => {
    const p = new Pipeline()
    p.apply('Read', new Endless()).apply('Write', new Kept())
    await p.run().drain()
    expect(messages.map(({event}) => event)).to.deep.equal(['start', 'drain', 'end'])
  })

  it('says what a run fails with, and when it is cancelled', async () => {
    const failing = new Pipeline()
    const fail = () => {
      throw new Error('boom')
    }
    failing
      .apply('Read', new Values([1]))
      .apply('Fail', new Mapped(fail))
      .apply('Write', new Kept())
    const error = await rejection(failing.run())
    expect(messages.map(message => [message.event, message.error])).to.deep.equal([
      ['start', undefined],
      ['error', error],
    ])
    const endless = new Pipeline()
    endless.apply('Read', new Endless()).apply('Write', new Kept())
    await endless.run().cancel()
    expect(messages.at(-1)!.error).to.have.property('code', 'ERR_SLUICE_CANCELLED')
  })

  it('says nothing of a graph that was refused', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values([1]))
    const stop = new AbortController()
    stop.abort()
    await rejection(p.run({signal: stop.signal}))
    await rejection(p.run({sgnal: stop.signal} as never))
    expect(messages.filter(({event}) => event === 'start')).to.deep.equal([])
  })
})
