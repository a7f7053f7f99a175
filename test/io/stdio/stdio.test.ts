import {once} from 'node:events'
import {PassThrough, Readable, Writable} from 'node:stream'
import {finished, pipeline} from 'node:stream/promises'
import {createGzip, gunzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type Bundle, Sink} from '../../../lib/core/index.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import {readFromStdin, type StdoutWriteOptions, writeToStdout} from '../../../lib/io/stdio/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

describe('readFromStdin', () => {
  it('gives lines', async () => {
    const stream = Readable.from([Buffer.from('a\r\nb'), Buffer.from('\nc')], {objectMode: false})
    expect(await readFromStdin({stream}).toArray()).to.deep.equal(['a', 'b', 'c'])
  })
  it('gives a line as soon as it is complete, though nothing follows', async () => {
    const stream = new PassThrough()
    const lines = readFromStdin({stream})[Symbol.asyncIterator]()
    for (const line of ['a', '', 'b']) {
      stream.write(`${line}\n`)
      expect(await lines.next()).to.deep.include({value: line})
    }
    await lines.return!()
  })
  it('never puts more than 128 KiB of input into one bundle, however large a chunk is', async () => {
    const line = `${'x'.repeat(9_999)}\n`
    const sizes: number[] = []
    class Sizes extends Sink<string> {
      override writeBundle({values}: Bundle<string>) {
        sizes.push(values.length)
      }
      override commit() {}
    }
    const stream = Readable.from([Buffer.from(line.repeat(100))], {objectMode: false})
    await pipeline(readFromStdin({stream}), new Sizes())
    expect(sizes.reduce((sum, n) => sum + n)).to.equal(100)
    expect(Math.max(...sizes)).to.be.at.most(Math.ceil((128 * 1024) / line.length))
  })
  it('takes a stream with an encoding', async () => {
    const stream = new PassThrough()
    stream.setEncoding('utf8')
    stream.end('é\n')
    expect(await readFromStdin({stream}).toArray()).to.deep.equal(['é'])
  })
  it('leaves header lines out', async () => {
    const stream = Readable.from([Buffer.from('h\na')], {objectMode: false})
    expect(await readFromStdin({stream, skipHeaderLines: 1}).toArray()).to.deep.equal(['a'])
  })
  it('gives a record as soon as its delimiter is there, which an escape makes data', async () => {
    const stream = new PassThrough()
    const records = readFromStdin({stream, delimiter: '||', escape: '\\'})[Symbol.asyncIterator]()
    for (const [written, record] of [
      ['a\n||', 'a\n'],
      ['||', ''],
      ['b\\||c||', 'b\\||c'],
    ] as const) {
      stream.write(written)
      expect(await records.next()).to.deep.include({value: record})
    }
    await records.return!()
  })
  it('refuses a bad `delimiter` or `escape` at construction', () => {
    expect(() => readFromStdin({delimiter: ''})).to.throw(/readFromStdin: option `delimiter` is ''/)
    expect(() => readFromStdin({escape: '\r'})).to.throw(/readFromStdin: option `escape`/)
  })
  it('refuses UTF-16 with a clear error', async () => {
    const stream = Readable.from([Buffer.from('\ufeffa', 'utf16le')], {objectMode: false})
    const error = await failureOf(readFromStdin({stream}).toArray())
    expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(error.message).to.match(/standard input is UTF-16/)
  })
  it('makes ids under a prefix that every run has for itself', async () => {
    const prefixes = new Set<string>()
    class Prefixes extends Sink<unknown> {
      override writeBundle({ids}: Bundle<unknown>) {
        prefixes.add(ids!.prefix)
      }
      override commit() {}
    }
    for (let run = 0; run < 2; run++)
      await pipeline(readFromStdin({stream: Readable.from([Buffer.from('a\n')], {objectMode: false})}), new Prefixes())
    expect(prefixes).to.have.length(2)
  })
  it('fails with the error of its input as the cause', async () => {
    const stream = new PassThrough()
    const cause = new Error('no')
    const reading = readFromStdin({stream}).toArray()
    stream.destroy(cause)
    expect(await failureOf(reading)).to.deep.include({code: 'ERR_SLUICE_STDIO', stage: 'readFromStdin', cause})
  })
  it('closes its input when it is destroyed, so that a silent keyboard keeps no process alive', async () => {
    const stream = new PassThrough()
    const source = readFromStdin({stream})
    source.resume()
    await new Promise(setImmediate)
    source.destroy()
    await once(stream, 'close')
  })
  it('refuses anything that is not a stream of bytes', () => {
    expect(() => readFromStdin({stream: Readable.from(['a'])})).to.throw(SluiceError, /`stream`/)
    expect(() => readFromStdin({stram: process.stdin} as never)).to.throw(SluiceError, /did you mean `stream`/)
  })
})

/** An input without an end; it gives up long after it should have been stopped. */
function* endless() {
  for (let n = 0; n < 1e7; n++) yield n
  throw new Error('still read')
}

/** What standard output is when `| head` has left. */
function withoutReader(): Writable {
  const gone = Object.assign(new Error('write EPIPE'), {code: 'EPIPE'})
  return new Writable({write: (_chunk, _encoding, done) => void setImmediate(done, gone)})
}

/** A Writable of bytes that notes what it was given. */
class Notes extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.text += chunk
    setImmediate(done)
  }
}

describe('writeToStdout', () => {
  const write = async (values: unknown[], options: Omit<StdoutWriteOptions, 'stream'> = {}) => {
    const stream = new Notes()
    await pipeline(Readable.from(values), writeToStdout({...options, stream}))
    return stream.text
  }
  it('writes each value as a line of JSON', async () => {
    expect(await write([{a: 1, b: 'x\ny'}, 'text', 5, [1]])).to.equal('{"a":1,"b":"x\\ny"}\n"text"\n5\n[1]\n')
  })
  it("writes strings as they are with `format: 'text'`", async () => {
    expect(await write(['a', {b: 1}], {format: 'text'})).to.equal('a\n{"b":1}\n')
  })
  it('writes BigInt as digits, and Dates as ISO strings', async () => {
    expect(await write([{a: 9007199254740993n, b: new Date(0)}])).to.equal(
      '{"a":9007199254740993,"b":"1970-01-01T00:00:00.000Z"}\n',
    )
  })
  it('writes null where there is one', async () => {
    expect(await write([{a: null, b: [null]}])).to.equal('{"a":null,"b":[null]}\n')
  })
  for (const [what, value, names] of [
    ['NaN', {a: {b: Number.NaN}}, "field 'a.b' is NaN"],
    ['Infinity', {a: [1n, Number.POSITIVE_INFINITY]}, "field 'a[1]' is Infinity"],
    ['an invalid Date', {at: new Date(Number.NaN)}, "'at' is an invalid Date"],
    ['a function', () => 1, 'a function'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    [
      'a circle',
      (() => {
        const circle: Record<string, unknown> = {}
        circle['self'] = circle
        return circle
      })(),
      "field 'self' contains itself",
    ],
  ] as const)
    it(`fails for ${what} instead of writing null, with the element`, async () => {
      const error = await failureOf(write([{fine: 1}, value]))
      expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToStdout', element: value})
      expect(error.message).to.include(names)
    })
  it("fails for half a surrogate pair with `format: 'text'`", async () => {
    const error = await failureOf(write(['\ud83d'], {format: 'text'}))
    expect(error.message).to.contain('half a surrogate pair')
  })
  it('finishes when the stream has taken everything, not earlier', async () => {
    const taken: (() => void)[] = []
    const stream = new Writable({write: (_chunk, _encoding, done) => void taken.push(done)})
    const sink = writeToStdout({stream})
    let finished = false
    sink.on('finish', () => {
      finished = true
    })
    sink.end({a: 1})
    while (taken.length === 0) await new Promise(setImmediate)
    expect(finished).to.equal(false)
    taken[0]!()
    await once(sink, 'finish')
  })
  it('takes no more than the stream does', async () => {
    const stream = new Writable({write() {}})
    const source = Readable.from(
      (function* () {
        for (let n = 0; ; n++) yield {n, text: 'x'.repeat(100)}
      })(),
    )
    let read = 0
    source.on('data', () => read++)
    const sink = writeToStdout({stream, highWaterMark: 1000})
    source.pipe(sink)
    for (let i = 0; i < 5000; i++) await new Promise(setImmediate)
    expect(read).to.be.below(5000)
    source.destroy()
    sink.destroy()
  })
  it('ends another stream than standard output, so that what it compresses is complete', async () => {
    const zipped: Buffer[] = []
    const gzip = createGzip()
    gzip.on('data', chunk => zipped.push(chunk))
    await pipeline(Readable.from([{a: 1}]), writeToStdout({stream: gzip}))
    await once(gzip, 'end')
    expect(String(gunzipSync(Buffer.concat(zipped)))).to.equal('{"a":1}\n')
  })
  it('ends it also when there was nothing to write', async () => {
    const stream = new Notes()
    await pipeline(Readable.from([]), writeToStdout({stream}))
    expect(stream.writableFinished).to.equal(true)
  })
  it('fails with the error of the stream as the cause', async () => {
    const cause = Object.assign(new Error('disk full'), {code: 'ENOSPC'})
    const stream = new Writable({write: (_chunk, _encoding, done) => done(cause)})
    const error = await failureOf(pipeline(Readable.from([1, 2, 3]), writeToStdout({stream})))
    expect(error).to.include({code: 'ERR_SLUICE_STDIO', cause})
    expect(error.message).to.include('disk full')
  })
  it('ends without an error when the reader has gone, and closes the input that nobody else needs', async () => {
    const stdin = new PassThrough()
    const gone = Object.assign(new Error('write EPIPE'), {code: 'EPIPE'})
    const stdout = new Writable({write: (_chunk, _encoding, done) => done(gone)})
    const run = pipeline(readFromStdin({stream: stdin}), writeToStdout({stream: stdout}))
    stdin.write('a\n')
    await run
    expect(stdin.destroyed).to.equal(true)
  })
  it('ends any source when the reader has gone, also one without an end', async () => {
    await pipeline(create(endless()), writeToStdout({stream: withoutReader()}))
  })
  it('ends a source whose every reader has gone', async () => {
    const source = create(endless())
    const sinks = [1, 2].map(() => source.pipe(writeToStdout({stream: withoutReader()})))
    await Promise.all(sinks.map(sink => finished(sink)))
  })
  it('does not end a source that another sink needs when the reader has gone', async () => {
    const source = create(Array.from({length: 5000}, (_, n) => n))
    const stream = new Notes()
    const sinks = [withoutReader(), stream].map(target => source.pipe(writeToStdout({stream: target})))
    await Promise.all(sinks.map(sink => finished(sink)))
    expect(stream.text.split('\n')).to.have.length(5001)
  })
  it('ends without an error when the reader is found to have gone at the very end', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(),
      final: done => done(Object.assign(new Error('write EPIPE'), {code: 'EPIPE'})),
    })
    await pipeline(create([1]), writeToStdout({stream}))
  })
  it('fails when the stream is destroyed before it has taken everything', async () => {
    const stream = new Writable({write: () => void setImmediate(() => stream.destroy())})
    const error = await failureOf(pipeline(create([1]), writeToStdout({stream})))
    expect(error).to.include({code: 'ERR_SLUICE_STDIO', stage: 'writeToStdout'})
    expect(error.message).to.include('closed before everything was written')
  })
  it('drops the rest of a foreign input when the reader has gone', async () => {
    const gone = Object.assign(new Error('write EPIPE'), {code: 'EPIPE'})
    const stream = new Writable({write: (_chunk, _encoding, done) => done(gone)})
    let read = 0
    const input = (function* () {
      for (; read < 5000; read++) yield read
    })()
    await pipeline(Readable.from(input), writeToStdout({stream}))
    expect(read).to.equal(5000)
  })
  it('refuses anything that is not a stream, and unknown options', () => {
    expect(() => writeToStdout({stream: {} as never})).to.throw(SluiceError, /`stream`/)
    expect(() => writeToStdout({format: 'xml' as never})).to.throw(SluiceError, /`format`/)
    expect(() => writeToStdout({end: true} as never)).to.throw(SluiceError, /`end`/)
  })
})
