import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {expect} from 'chai'
import {type BatchPort, writeBatch} from '../../lib/batching/batch-writer.ts'
import {RETRY_POLICY} from '../../lib/batching/index.ts'
import type {RequestMessage} from '../../lib/core/index.ts'
import {discard} from '../../lib/transforms/index.ts'
import {ManualClock} from './manual-clock.ts'

describe('the diagnostics channel of requests', () => {
  const messages: RequestMessage[] = []
  const heard = (message: unknown) => void messages.push(message as RequestMessage)

  beforeEach(() => {
    messages.length = 0
    subscribe('sluice:request', heard)
  })
  afterEach(() => void unsubscribe('sluice:request', heard))

  it('says of each try of a batch how many rows it had, how long it took, and what it failed with', async () => {
    const clock = new ManualClock()
    clock.skip = () => true
    const stage = discard({name: 'Write'}).info
    const failures = [new Error('503')]
    const port: BatchPort<string> = {
      send: async () => {
        const failure = failures.pop()
        if (failure) throw failure
      },
      failures: () => [],
      classifyError: () => ({retry: {kind: 'transient'}}),
    }
    const {signal} = new AbortController()
    const events = {committed() {}, rejected() {}, retry() {}, tooLarge() {}}
    await writeBatch(['a', 'b'], port, events, {policy: RETRY_POLICY, clock, signal, stopping: signal, stage})
    expect(messages.map(({error}) => (error as Error | undefined)?.message)).to.deep.equal(['503', undefined])
    for (const {stage: name, info, items, durationMs} of messages) {
      expect([name, info, items]).to.deep.equal(['Write', stage, 2])
      expect(durationMs).to.be.at.least(0)
    }
  })
})
