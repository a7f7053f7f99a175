import {expect} from 'chai'
import {CallTimeout, callWithDeadline, callWithRetries} from '../../lib/batching/call.ts'
import {RETRY_POLICY, RetryBudget} from '../../lib/batching/index.ts'
import {failure, ManualClock} from './manual-clock.ts'

describe('batching: calls', () => {
  it('ends a call that is not answered before its deadline, and aborts it', async () => {
    const clock = new ManualClock()
    let seen: AbortSignal | undefined
    const call = callWithDeadline(clock, 60_000, new AbortController().signal, signal => {
      seen = signal
      return new Promise(() => {})
    })
    clock.advance(60_000)
    const error = await failure(call)
    expect(error).to.be.instanceOf(CallTimeout)
    expect(error.message).to.equal('no answer within 1 m 0 s')
    expect(seen!.aborted).to.equal(true)
  })

  it('leaves no timer and no listener behind', async () => {
    const clock = new ManualClock()
    expect(await callWithDeadline(clock, 1000, new AbortController().signal, async () => 7)).to.equal(7)
    expect(clock.pending).to.equal(0)
  })

  it("rejects with the caller's reason when that aborts", async () => {
    const abort = new AbortController()
    const call = callWithDeadline(new ManualClock(), 1000, abort.signal, () => new Promise(() => {}))
    abort.abort(new Error('stop'))
    expect((await failure(call)).message).to.equal('stop')
  })

  it('repeats what may pass, and reports how long it has lasted', async () => {
    const clock = new ManualClock()
    clock.skip = () => true
    const notes: number[] = []
    let calls = 0
    const result = await callWithRetries(
      {
        policy: RETRY_POLICY,
        clock,
        budget: new RetryBudget(RETRY_POLICY, clock, () => 1),
        signal: new AbortController().signal,
        retryOf: () => ({kind: 'transient'}),
        onRetry: ({elapsed}) => notes.push(elapsed),
      },
      async () => {
        if (++calls < 4) throw new Error('503')
        return 'done'
      },
    )
    expect(result).to.equal('done')
    expect(notes).to.deep.equal([0, 2000, 6000])
  })

  it('rejects at once with what cannot pass', async () => {
    const clock = new ManualClock()
    const context = {
      policy: RETRY_POLICY,
      clock,
      budget: new RetryBudget(RETRY_POLICY, clock),
      signal: new AbortController().signal,
      retryOf: () => undefined,
    }
    const error = await failure(callWithRetries(context, () => Promise.reject(new Error('403'))))
    expect(error.message).to.equal('403')
  })
})
