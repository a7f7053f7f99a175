import {expect} from 'chai'
import type {DeadLetter} from '../../lib/core/index.ts'
import {deadLetterRow} from '../../lib/dead-letters/index.ts'
import {PubSubMessage} from '../../lib/io/pubsub/index.ts'

const AT = new Date('2024-06-15T12:00:00Z')

function letter(element: unknown, more: Partial<DeadLetter<unknown>> = {}): DeadLetter<unknown> {
  return {element, error: 'no total', stack: 'Error: no total\n  at parse', stage: 'Parse', timestamp: AT, ...more}
}

const textOf = (element: unknown) => deadLetterRow(letter(element)).payloadString

describe('deadLetterRow()', () => {
  it('makes the row of a dead letter of a DoFn', () => {
    expect(deadLetterRow(letter('a,b'))).to.deep.equal({
      timestamp: AT,
      payloadString: 'a,b',
      payloadBytes: Buffer.from('a,b'),
      attributes: [],
      errorMessage: 'Parse: no total',
      stacktrace: 'Error: no total\n  at parse',
    })
  })
  it('makes the row of a row that a sink could not write, with every reason', () => {
    const before = Date.now()
    const errors = [
      {reason: 'invalid', location: 'total', message: 'not a number'},
      {reason: 'stopped', location: '', message: ''},
    ]
    const row = deadLetterRow({row: {id: 'a', total: 'x'}, errors})
    expect(row).to.deep.include({
      payloadString: '{"id":"a","total":"x"}',
      errorMessage: 'total: not a number (invalid); stopped',
      stacktrace: null,
    })
    expect(row.timestamp.getTime()).to.be.within(before, Date.now())
  })
  it('makes the row of a record that readFromCsv could not read, with its place', () => {
    const reject = {raw: 'a;b', line: 7, byteOffset: 90, file: 'gs://b/f.csv', error: '1 field instead of 2'}
    expect(deadLetterRow(reject)).to.include({
      payloadString: 'a;b',
      errorMessage: 'gs://b/f.csv, line 7: 1 field instead of 2',
    })
  })
  it('takes the data of a message for the payload, and its attributes', () => {
    const message = new PubSubMessage({data: Buffer.from('{"a":1}'), attributes: {kind: 'visit', v: '2'}, id: '17'})
    expect(deadLetterRow(letter(message))).to.deep.include({
      payloadString: '{"a":1}',
      payloadBytes: Buffer.from('{"a":1}'),
      attributes: [
        {key: 'kind', value: 'visit'},
        {key: 'v', value: '2'},
      ],
    })
  })
  it('takes what `decode` has made of the data as it takes any other element', () => {
    expect(textOf(new PubSubMessage({data: {a: 1n}}))).to.equal('{"a":"1"}')
  })
  it('keeps bytes that are not text as they are, with U+FFFD in the text', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x00])
    expect(deadLetterRow(letter(bytes))).to.deep.include({payloadString: 'a\ufffd\u0000', payloadBytes: bytes})
    expect(deadLetterRow(letter(new Uint16Array([0x6161]).buffer)).payloadString).to.equal('aa')
  })
  it('shows in JSON what the row may have been refused for', () => {
    const row = {n: Number.NaN, big: 1n, at: new Date(Number.NaN), map: new Map([['a', 1]]), bytes: Buffer.from('hi')}
    expect(JSON.parse(textOf(row))).to.deep.equal({
      n: 'NaN',
      big: '1',
      at: 'Invalid Date',
      map: [['a', 1]],
      bytes: 'aGk=',
    })
  })
  it('takes the bytes of a record that is not UTF-8 for the payload, and the header that names its fields', () => {
    const bytes = Buffer.from('M\xfcller,1', 'latin1')
    const at = {line: 7, byteOffset: 90, file: 'f.csv', error: 'not UTF-8'}
    const raw = {raw: bytes.toString(), rawBase64: bytes.toString('base64'), header: 'name,n'}
    const row = deadLetterRow({...raw, ...at})
    expect(row.payloadBytes.equals(bytes)).to.equal(true)
    expect(row).to.deep.include({payloadString: 'M\ufffdller,1', attributes: [{key: 'header', value: 'name,n'}]})
  })
  it('never throws, whatever the element is', () => {
    const trap = () => {
      throw new Error('trap')
    }
    const hostile = new Proxy({}, {get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap})
    const {proxy, revoke} = Proxy.revocable([], {})
    revoke()
    for (const element of [hostile, proxy, {a: hostile}]) expect(textOf(element)).to.include('[unreadable]')
    expect(deadLetterRow(hostile as never).payloadString).to.equal('[unreadable]')
  })
  it('shows what has no JSON as well', () => {
    const circle: Record<string, unknown> = {a: 1}
    circle['self'] = circle
    expect(textOf(circle)).to.equal('{"a":1,"self":"[Circular]"}')
    expect(textOf(undefined)).to.equal('undefined')
    expect(textOf(Symbol('s'))).to.equal('Symbol(s)')
  })
  it('replaces half a surrogate pair everywhere: BigQuery would refuse the dead letter for it', () => {
    const message = new PubSubMessage({data: 'x\ud800', attributes: {'k\ud800': 'v\ud800'}})
    const row = deadLetterRow(letter(message, {error: 'e\ud800', stack: 's\ud800'}))
    expect(row).to.deep.include({
      payloadString: 'x\ufffd',
      attributes: [{key: 'k\ufffd', value: 'v\ufffd'}],
      errorMessage: 'Parse: e\ufffd',
      stacktrace: 's\ufffd',
    })
  })
  it('cuts message and stack at 32 KiB of UTF-8', () => {
    const row = deadLetterRow(letter('a', {error: 'é'.repeat(40_000), stack: 'x'.repeat(40_000)}))
    for (const text of [row.errorMessage!, row.stacktrace!]) {
      expect(Buffer.byteLength(text)).to.be.within(32 * 1024 - 2, 32 * 1024)
      expect(text).to.match(/^[^\ufffd]+…$/)
    }
  })
  it('cuts attributes that no message can have, and reports it', () => {
    const attributes = Object.fromEntries(Array.from({length: 101}, (_, i) => [`k${i}`, 'v'.repeat(2000)]))
    const row = deadLetterRow(letter(new PubSubMessage({data: 'a', attributes})))
    expect(row.attributes).to.have.length(100)
    expect(Buffer.byteLength(row.attributes[0]!.value)).to.equal(1024)
    expect(row.errorMessage).to.equal('Parse: no total [attributes are cut: 101 were too many or too long]')
  })
  it('keeps a payload of 3 MiB of text whole, which fits into a request', () => {
    const row = deadLetterRow(letter('x'.repeat(3 * 1024 * 1024)))
    expect(row.payloadBytes).to.have.length(3 * 1024 * 1024)
    expect(row.errorMessage).to.equal('Parse: no total')
  })
  it('keeps 1 MiB of a payload that would not fit, and reports it even where the message is cut', () => {
    const row = deadLetterRow(letter('€'.repeat(2_000_000), {error: 'x'.repeat(40_000)}))
    expect(row.payloadBytes.length).to.be.within(1024 * 1024 - 3, 1024 * 1024)
    expect(row.payloadString).to.match(/^€+$/)
    expect(row.errorMessage).to.match(/… \[of the 6000000 bytes of the payload the first 1048576 are kept\]$/)
  })
  it('takes anything else for the payload', () => {
    expect(deadLetterRow({odd: 1} as never)).to.include({payloadString: '{"odd":1}', errorMessage: null})
    expect(deadLetterRow(null as never).payloadString).to.equal('null')
  })
})
