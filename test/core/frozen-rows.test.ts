import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {SluiceError} from '../../lib/errors/index.ts'
import {doFn, rejection, TestSink, TestSource} from './support.ts'

interface Row {
  n: number
}
const rows = () => new TestSource<Row>([[{n: 0}, {n: 1}]])
const pass = () => doFn<Row, Row>(row => [row])
const change = () =>
  doFn<Row, Row>(row => {
    row.n++
    return [row]
  })

describe('a row with one consumer', () => {
  it('may be changed in place', async () => {
    const sink = new TestSink<Row>()
    await pipeline(rows(), change(), change(), sink)
    expect(sink.values).to.deep.equal([{n: 2}, {n: 3}])
  })

  it('may be changed in place in an asynchronous process', async () => {
    const sink = new TestSink<Row>()
    const later = doFn<Row, Row>(async row => {
      row.n++
      return [row]
    })
    await pipeline(rows(), later, sink)
    expect(sink.values).to.deep.equal([{n: 1}, {n: 2}])
  })

  it('is not frozen by being emitted to an output that nobody claimed', async () => {
    const sink = new TestSink<Row>()
    const both = doFn<Row, Row>((row, c) => {
      c.emit('copy', row)
      return [row]
    })
    await pipeline(rows(), both, change(), sink)
    expect(sink.values).to.deep.equal([{n: 1}, {n: 2}])
  })

  it('is not frozen by one tag alone', async () => {
    const some = doFn<Row, Row>((row, c) => c.emit('side', row))
    const sink = new TestSink<Row>()
    some.tagged('side').pipe(sink)
    await pipeline(rows(), some, new TestSink())
    expect(sink.values.some(row => Object.isFrozen(row))).to.equal(false)
  })
})

describe('a row with two consumers is frozen', () => {
  function frozen(sink: TestSink<Row>): void {
    expect(sink.values).to.have.length(2)
    expect(sink.values.every(row => Object.isFrozen(row))).to.equal(true)
  }

  it('with a second pipe() of a source', async () => {
    const source = rows()
    const [a, b] = [new TestSink<Row>(), new TestSink<Row>()]
    source.pipe(a)
    await pipeline(source, b)
    frozen(b)
    expect(b.values).to.deep.equal(a.values)
  })

  it('with a second pipe() of a DoFn', async () => {
    const stage = pass()
    const [a, b] = [new TestSink<Row>(), new TestSink<Row>()]
    stage.pipe(a)
    await pipeline(rows(), stage, b)
    frozen(b)
  })

  it("with a 'data' listener beside a pipe", async () => {
    const source = rows().on('data', () => {})
    const sink = new TestSink<Row>()
    await pipeline(source, sink)
    frozen(sink)
  })

  it('with a reader by hand beside a pipe', async () => {
    const source = rows()
    const sink = new TestSink<Row>()
    source.on('readable', () => {
      while (source.read() !== null);
    })
    source.pipe(sink)
    await new Promise(resolve => sink.once('finish', resolve))
    frozen(sink)
  })

  it('with a foreign stream beside one of ours', async () => {
    const source = rows()
    source.pipe(new PassThrough({objectMode: true})).resume()
    const sink = new TestSink<Row>()
    await pipeline(source, sink)
    frozen(sink)
  })

  it('when it is emitted to two tags', async () => {
    const both = doFn<Row, Row>((row, c) => {
      c.emit('a', row)
      c.emit('b', row)
    })
    const [a, b] = [new TestSink<Row>(), new TestSink<Row>()]
    both.tagged('a').pipe(a)
    both.tagged('b').pipe(b)
    await pipeline(rows(), both, new TestSink())
    frozen(a)
    frozen(b)
  })

  for (const [name, process] of [
    [
      'emitted and then returned',
      (row: Row, c: {emit(tag: string, v: unknown): void}) => {
        c.emit('copy', row)
        return [row]
      },
    ],
    [
      'yielded and then emitted',
      function* (row: Row, c: {emit(tag: string, v: unknown): void}) {
        yield row
        c.emit('copy', row)
      },
    ],
    [
      'yielded and then emitted asynchronously',
      async function* (row: Row, c: {emit(tag: string, v: unknown): void}) {
        yield row
        c.emit('copy', row)
      },
    ],
    [
      'emitted and then returned asynchronously',
      async (row: Row, c: {emit(tag: string, v: unknown): void}) => {
        c.emit('copy', row)
        return [row]
      },
    ],
  ] as const)
    it(`when it is ${name}`, async () => {
      const both = doFn<Row, Row>(process)
      const [main, copy] = [new TestSink<Row>(), new TestSink<Row>()]
      both.tagged('copy').pipe(copy)
      await pipeline(rows(), both, main)
      frozen(main)
      frozen(copy)
    })

  it('so that a change in place fails with the fix, and the original error as its cause', async () => {
    const source = rows()
    const stage = change()
    source.pipe(new TestSink())
    const error = await rejection(pipeline(source, stage, new TestSink()))
    expect(error).to.be.instanceOf(SluiceError)
    expect(error['code']).to.equal('ERR_SLUICE_PROCESS')
    expect(error.message).to.include('map(r => ({...r}))')
    expect(error.cause).to.be.instanceOf(TypeError)
  })

  it('but Buffers and typed arrays, which cannot be frozen, pass as they are', async () => {
    const source = new TestSource<unknown>([[Buffer.from('x'), new Float64Array(1), 'text', null]])
    const [a, b] = [new TestSink<unknown>(), new TestSink<unknown>()]
    source.pipe(a)
    await pipeline(source, b)
    expect(b.values).to.have.length(4)
  })

  it('and a bundle that one consumer got before a second came stays its own', async () => {
    const source = new TestSource<Row>([[{n: 0}], [{n: 1}], [{n: 2}]])
    const [a, b] = [new TestSink<Row>(), new TestSink<Row>()]
    source.pipe(a)
    await new Promise<void>(resolve => {
      const {writeBundle} = a
      a.writeBundle = bundle => {
        a.writeBundle = writeBundle
        source.pipe(b)
        resolve()
        return writeBundle.call(a, bundle)
      }
    })
    await new Promise(resolve => b.once('finish', resolve))
    expect(a.values.map(row => Object.isFrozen(row))).to.deep.equal([false, true, true])
  })
})
