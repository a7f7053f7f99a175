import {expect} from 'chai'
import fc from 'fast-check'
import type {FileInfo} from '../../../lib/files/index.ts'
import {ahead} from '../../../lib/files/read/ahead.ts'
import {BegunRead} from '../../../lib/files/read/begun-read.ts'
import type {FileSystem} from '../../../lib/files/system/file-system.ts'
import {until} from '../fixtures.ts'

async function* items(count: number, pauses: readonly boolean[] = []): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    if (pauses[i]) await new Promise(setImmediate)
    yield i
  }
}

const rest = async () => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

describe('ahead', () => {
  it('gives everything in order, with never more begun than it may, however source and consumer pause', async () => {
    const pauses = fc.array(fc.boolean(), {maxLength: 30})
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({min: 1, max: 9}), pauses, pauses, async (count, size, before, after) => {
        let begun = 0
        let done = 0
        let most = 0
        const begin = (item: number) => {
          most = Math.max(most, ++begun - done)
          return item
        }
        const seen: number[] = []
        for await (const item of ahead(items(count, before), size, begin, () => {})) {
          seen.push(item)
          if (after[item]) await new Promise(setImmediate)
          done++
        }
        expect(seen).to.deep.equal([...Array(count).keys()])
        expect(most).to.be.at.most(size)
      }),
    )
  })
  it('begins as many as it may while the consumer is at the first', async () => {
    let begun = 0
    const reader = ahead(
      items(100),
      5,
      () => ++begun,
      () => {},
    )
    await reader.next()
    await rest()
    expect(begun).to.equal(5)
    await reader.return(undefined)
  })
  it('gives what is begun while the source makes it wait for more', async () => {
    const source = (async function* () {
      yield 1
      await new Promise(() => {})
    })()
    expect(
      (
        await ahead(
          source,
          3,
          x => x,
          () => {},
        ).next()
      ).value,
    ).to.equal(1)
  })
  for (const size of [1, 2, 8])
    it(`reports an error of the source when everything before it was given, ${size} at once`, async () => {
      const cause = new Error('no')
      const source = (async function* () {
        yield* items(3)
        throw cause
      })()
      const seen: number[] = []
      const reading = (async () => {
        for await (const item of ahead(
          source,
          size,
          x => x,
          () => {},
        ))
          seen.push(item)
      })()
      expect(await reading.catch(error => error)).to.equal(cause)
      expect(seen).to.deep.equal([0, 1, 2])
    })
  it('keeps an error of the source to itself while the consumer is busy with what came before', async () => {
    const cause = new Error('no')
    const source = (async function* () {
      yield* items(2)
      throw cause
    })()
    const reader = ahead(
      source,
      4,
      x => x,
      () => {},
    )
    const unhandled: unknown[] = []
    const note = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      await reader.next()
      await rest()
      await reader.next()
      expect(await reader.next().catch(error => error)).to.equal(cause)
    } finally {
      process.removeListener('unhandledRejection', note)
    }
    expect(unhandled).to.deep.equal([])
  })
  it('drops what was begun and is not given when the consumer stops, and ends the source', async () => {
    let ended = false
    const source = (async function* () {
      try {
        yield* items(100)
      } finally {
        ended = true
      }
    })()
    const dropped: number[] = []
    const reader = ahead(
      source,
      4,
      x => x,
      item => dropped.push(item),
    )
    await reader.next()
    await rest()
    await reader.return(undefined)
    expect(dropped).to.deep.equal([1, 2, 3])
    await until(() => ended)
  })
})

describe('a read that has begun', () => {
  const file = {path: 'a', size: 0}
  const {signal} = new AbortController()
  /** Begins to read what is given in place of a file. */
  const begin = (bytes: AsyncIterable<Buffer>, info: FileInfo = file) =>
    new BegunRead({open: () => bytes}, info, signal)
  /** Chunks of 16 KiB, without end. */
  function endless() {
    const state = {taken: 0, ended: false}
    const bytes = (async function* () {
      try {
        for (;;) {
          state.taken++
          yield Buffer.alloc(16_384, state.taken)
        }
      } finally {
        state.ended = true
      }
    })()
    return {state, bytes}
  }

  it('holds 64 KiB at most before its turn', async () => {
    const {state, bytes} = endless()
    const read = begin(bytes)
    await rest()
    expect(state.taken).to.equal(4)
    read.drop()
    await until(() => state.ended)
  })
  it('gives everything once, in order, and reads on as it is asked', async () => {
    const {state, bytes} = endless()
    const reader = begin(bytes)[Symbol.asyncIterator]()
    await rest()
    for (let i = 1; i <= 10; i++) expect((await reader.next()).value![0]).to.equal(i)
    expect(state.taken).to.equal(10)
    await reader.return(undefined)
    await until(() => state.ended)
  })
  it('reports an error when what came before it was read', async () => {
    const cause = new Error('no')
    const read = begin(
      (async function* () {
        yield Buffer.from('x')
        throw cause
      })(),
    )
    await rest()
    const reader = read[Symbol.asyncIterator]()
    expect(String((await reader.next()).value)).to.equal('x')
    expect(await reader.next().catch(error => error)).to.equal(cause)
  })
  it('does not begin with a pipe, whose opening may wait for its writer', async () => {
    const {state, bytes} = endless()
    const read = begin(bytes, {...file, pipe: true})
    await rest()
    expect(state.taken).to.equal(0)
    expect((await read[Symbol.asyncIterator]().next()).value).to.have.length(16_384)
  })
  for (const [how, end] of [
    ['its signal aborts', (_: BegunRead, stop: AbortController) => stop.abort(new Error('enough'))],
    ['it is dropped', (read: BegunRead) => read.drop()],
  ] as const)
    it(`ends when ${how}, though it hangs`, async () => {
      const stop = new AbortController()
      let ended = false
      const hanging: Pick<FileSystem, 'open'> = {
        async *open(_, options) {
          try {
            await new Promise((_, reject) => options!.signal!.addEventListener('abort', reject))
          } finally {
            ended = true
          }
        },
      }
      const read = new BegunRead(hanging, file, stop.signal)
      await rest()
      end(read, stop)
      await until(() => ended)
    })
})
