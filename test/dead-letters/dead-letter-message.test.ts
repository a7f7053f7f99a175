import {expect} from 'chai'
import type {DeadLetter} from '../../lib/core/index.ts'
import {deadLetterMessage} from '../../lib/dead-letters/dead-letter-message.ts'
import {PubSubMessage} from '../../lib/io/pubsub/index.ts'

function letter(element: unknown, more: Partial<DeadLetter<unknown>> = {}): DeadLetter<unknown> {
  const timestamp = new Date('2024-06-15T12:00:00Z')
  return {element, error: 'no total', stack: 'Error: no total', stage: 'Parse', timestamp, ...more}
}

describe('deadLetterMessage()', () => {
  it('has the data and the attributes of the message, and what went wrong, where and when', () => {
    const message = new PubSubMessage({data: Buffer.from('{oops'), attributes: {kind: 'visit'}, orderingKey: 'k'})
    const {data, attributes, orderingKey} = deadLetterMessage(letter(message))
    expect(String(data)).to.equal('{oops')
    expect(attributes).to.deep.equal({
      kind: 'visit',
      errorMessage: 'Parse: no total',
      stage: 'Parse',
      timestamp: '2024-06-15T12:00:00.000Z',
    })
    expect(orderingKey).to.equal('')
  })
  it('says nothing of a stage that is not known', () => {
    const errors = [{reason: 'invalid', location: 'total', message: 'not a number'}]
    const {data, attributes} = deadLetterMessage({row: {id: 'a'}, errors})
    expect(String(data)).to.equal('{"id":"a"}')
    expect(Object.keys(attributes)).to.deep.equal(['errorMessage', 'timestamp'])
  })
  it('replaces what an earlier dead letter of the message said', () => {
    const first = deadLetterMessage(letter('a'))
    expect(deadLetterMessage(letter(first, {error: 'again'})).attributes).to.include({errorMessage: 'Parse: again'})
  })
  it('leaves out attributes that only Google may set', () => {
    const message = new PubSubMessage({data: 'a', attributes: {googclient_x: '1', '': '2', a: '3'}})
    expect(deadLetterMessage(letter(message)).attributes).to.have.all.keys('a', 'errorMessage', 'stage', 'timestamp')
  })
  it("stays within Pub/Sub's limits for attributes, and says what was cut", () => {
    const given = Object.fromEntries(Array.from({length: 100}, (_, i) => [`k${i}`, 'é'.repeat(1000)]))
    const message = new PubSubMessage({data: 'a', attributes: given})
    const {attributes} = deadLetterMessage(letter(message, {error: 'x'.repeat(5000), stage: 's'.repeat(2000)}))
    expect(Object.keys(attributes)).to.have.length(99)
    for (const value of Object.values(attributes)) expect(Buffer.byteLength(value)).to.be.at.most(1024)
    expect(attributes['errorMessage']).to.match(/… \[attributes are cut: 100 were too many or too long\]$/)
  })
  it('keeps what a publish takes of a larger payload, and reports it', () => {
    const {data, attributes} = deadLetterMessage(letter('x'.repeat(12_000_000)))
    expect(data).to.have.length(9_800_000)
    expect(attributes['errorMessage']).to.match(/\[of the 12000000 bytes of the payload the first 9800000 are kept\]$/)
  })
})
