import {expect} from 'chai'
import {abortable, deferred, onAbort} from '../../lib/util/index.ts'

describe('onAbort', () => {
  it('calls once when the signal aborts, with its reason', () => {
    const abort = new AbortController()
    const heard: unknown[] = []
    onAbort(abort.signal, reason => heard.push(reason))
    abort.abort('why')
    abort.abort('again')
    expect(heard).to.deep.equal(['why'])
  })

  it('calls at once for a signal that has aborted', () => {
    const heard: unknown[] = []
    onAbort(AbortSignal.abort('why'), reason => heard.push(reason))
    expect(heard).to.deep.equal(['why'])
  })

  it('can be forgotten, and needs no signal', () => {
    const abort = new AbortController()
    const forget = onAbort(abort.signal, () => expect.fail('called'))
    forget()
    abort.abort()
    onAbort(undefined, () => expect.fail('called'))()
  })
})

describe('abortable', () => {
  it('settles as the promise does', async () => {
    const {signal} = new AbortController()
    expect(await abortable(signal, Promise.resolve(7))).to.equal(7)
    expect(await abortable(signal, Promise.reject(8)).catch(e => e)).to.equal(8)
  })

  it('rejects with the reason as soon as the signal aborts', async () => {
    const abort = new AbortController()
    const waiting = abortable(abort.signal, deferred().promise).catch(e => e)
    abort.abort('why')
    expect(await waiting).to.equal('why')
  })
})
