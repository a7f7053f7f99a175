import {expect} from 'chai'
import {
  type BatchPort,
  type RowError,
  type RowFailure,
  type Verdict,
  writeBatch,
} from '../../lib/batching/batch-writer.ts'
import {CallTimeout, RETRY_POLICY} from '../../lib/batching/index.ts'
import {failure, ManualClock, until} from './manual-clock.ts'

type Answer = RowFailure[] | Error

/** A service that answers as scripted (with success when the script is over) and records what it was sent. */
class Script implements BatchPort<string, RowFailure[]> {
  readonly sent: string[] = []
  readonly answers: Answer[]
  verdict: (error: Error) => Verdict = () => ({retry: {kind: 'transient'}})

  constructor(...answers: Answer[]) {
    this.answers = answers
  }
  async send(items: readonly string[]): Promise<RowFailure[]> {
    this.sent.push(items.join(''))
    const answer = this.answers.shift() ?? []
    if (answer instanceof Error) throw answer
    return answer
  }
  failures(answer: RowFailure[]): RowFailure[] {
    return answer
  }
  classifyError(error: unknown): Verdict {
    return this.verdict(error as Error)
  }
}

function run(port: BatchPort<string, RowFailure[]>, items = 'abcd', clock = new ManualClock()) {
  clock.skip = () => true
  const log = {committed: '', rejected: [] as string[], retries: [] as number[], tooLarge: [] as string[]}
  const abort = new AbortController()
  const stopping = new AbortController()
  const done = writeBatch(
    [...items],
    port,
    {
      committed: list => {
        log.committed += list.join('')
      },
      rejected: list => {
        for (const {item, errors} of list) log.rejected.push(`${item}: ${errors.map(e => e.reason).join()}`)
      },
      retry: ({delay}) => log.retries.push(delay),
      tooLarge: list => log.tooLarge.push(list.join('')),
    },
    {policy: RETRY_POLICY, clock, random: () => 1, signal: abort.signal, stopping: stopping.signal},
  )
  return {log, done, clock, abort, stopping}
}

const bad = (index: number, reason: string, retry?: RowFailure['retry']): RowFailure => {
  const errors: RowError[] = [{reason, location: '', message: ''}]
  return {index, errors, retry}
}

describe('batching: writeBatch', () => {
  it('commits a batch in one request', async () => {
    const port = new Script()
    const {log, done} = run(port)
    await done
    expect(port.sent).to.deep.equal(['abcd'])
    expect(log.committed).to.equal('abcd')
  })

  it('sends the whole batch again after a failure that may pass', async () => {
    const port = new Script(new Error('503'), new Error('reset'))
    const {log, done} = run(port)
    await done
    expect(port.sent).to.deep.equal(['abcd', 'abcd', 'abcd'])
    expect(log.retries).to.deep.equal([2000, 4000])
    expect(log.committed).to.equal('abcd')
  })

  it('sets refused rows aside and keeps the others, without another request', async () => {
    const port = new Script([bad(1, 'invalid')])
    const {log, done} = run(port)
    await done
    expect(port.sent).to.have.length(1)
    expect(log).to.deep.include({committed: 'acd', rejected: ['b: invalid']})
  })

  it('sends again only the rows that were refused for a passing reason', async () => {
    const retry = {kind: 'row'}
    const port = new Script([bad(0, 'backendError', retry), bad(1, 'invalid'), bad(3, 'timeout', retry)])
    const {log, done} = run(port)
    await done
    expect(port.sent).to.deep.equal(['abcd', 'ad'])
    expect(log).to.deep.include({committed: 'cad', rejected: ['b: invalid']})
  })

  it('rejects rows whose passing reason has not passed in its time', async () => {
    const retry = {kind: 'staleSchema', within: 5000}
    const port = new Script(...Array.from({length: 9}, () => [bad(0, 'invalid', retry)]))
    const {log, done} = run(port, 'a')
    await done
    expect(log.rejected).to.deep.equal(['a: invalid'])
    expect(log.retries.reduce((sum, delay) => sum + delay, 0)).to.equal(5000)
  })

  it('halves a batch that has a wrong row in it until that stands alone, and sends the others in their order', async () => {
    const port = new Script()
    port.send = async items => {
      port.sent.push(items.join(''))
      if (items.includes('c')) throw new Error('400')
      return []
    }
    port.verdict = () => ({suspect: {reason: 'invalid', location: '', message: ''}})
    const {log, done} = run(port, 'abcdef')
    await done
    expect(port.sent).to.deep.equal(['abcdef', 'abc', 'ab', 'c', 'def'])
    expect(log).to.deep.include({committed: 'abdef', rejected: ['c: invalid'], retries: [], tooLarge: []})
  })

  it('halves a batch that is too large until each part fits', async () => {
    const port = new Script()
    port.send = async items => {
      port.sent.push(items.join(''))
      if (items.length > 1) throw new Error('413')
      return []
    }
    port.verdict = () => ({tooLarge: {reason: 'tooLarge', location: '', message: ''}})
    const {log, done} = run(port)
    await done
    expect(port.sent).to.deep.equal(['abcd', 'ab', 'a', 'b', 'cd', 'c', 'd'])
    expect(log.committed).to.equal('abcd')
    expect(log.retries).to.deep.equal([])
  })

  it('refuses a row that is too large on its own, alone', async () => {
    const port = new Script()
    port.send = async items => {
      if (items.includes('b')) throw new Error('413')
      return []
    }
    port.verdict = () => ({tooLarge: {reason: 'tooLarge', location: '', message: ''}})
    const {log, done} = run(port)
    await done
    expect(log).to.deep.include({committed: 'acd', rejected: ['b: tooLarge']})
  })

  it('refuses all rows of a request that can never get in', async () => {
    const port = new Script(new Error('out of bounds'))
    port.verdict = () => ({reject: {reason: 'invalid', location: '', message: ''}})
    const {log, done} = run(port, 'ab')
    await done
    expect(log.rejected).to.deep.equal(['a: invalid', 'b: invalid'])
  })

  it('fails with the error of a call that cannot pass', async () => {
    const port = new Script(new Error('403'))
    port.verdict = () => ({fatal: true})
    expect((await failure(run(port).done)).message).to.equal('403')
  })

  it('fails with the last error when the budget is used up', async () => {
    const port = new Script(...Array.from({length: 200}, (_, i) => new Error(`503 number ${i}`)))
    const error = await failure(run(port).done)
    expect(error.message).to.match(/^503 number \d\d$/)
  })

  it('gives a silent call its own deadline, and sends it again', async () => {
    const clock = new ManualClock()
    const port = new Script()
    const errors: unknown[] = []
    port.verdict = error => {
      errors.push(error)
      return {retry: {kind: 'transient'}}
    }
    const send = port.send.bind(port)
    let calls = 0
    port.send = items => (++calls === 1 ? new Promise(() => {}) : send(items))
    const {log, done} = run(port, 'ab', clock)
    await until(() => calls === 1)
    clock.advance(60_000)
    await done
    expect(errors[0]).to.be.instanceOf(CallTimeout)
    expect(log.committed).to.equal('ab')
  })

  it('sends nothing again once it is stopping', async () => {
    const clock = new ManualClock()
    const port = new Script(new Error('503'))
    const {done, stopping} = run(port, 'ab', clock)
    clock.skip = () => false
    await until(() => port.sent.length === 1)
    stopping.abort(new Error('stopping'))
    expect((await failure(done)).message).to.equal('stopping')
    expect(port.sent).to.have.length(1)
  })
})
