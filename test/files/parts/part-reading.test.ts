import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import fc from 'fast-check'
import {Bundle, OffsetIds} from '../../../lib/core/index.ts'
import {FileCommits} from '../../../lib/files/checkpoint/file-commits.ts'
import type {FileInput} from '../../../lib/files/parts/file-input.ts'
import type {PartReader} from '../../../lib/files/parts/part-reader.ts'
import {PartReading} from '../../../lib/files/parts/part-reading.ts'
import type {StoredBytes} from '../../../lib/files/system/stored-bytes.ts'
import {
  checkCsvOptions,
  checkTextOptions,
  csvReaders,
  type JsonFormat,
  jsonTexts,
  LineSplitter,
  type TextOptions,
  textSplitter,
} from '../../../lib/formats/index.ts'

type Range = {start: number; end: number}
/** A record and the byte where it begins. */
type Read = readonly [offset: number, record: string]
type Reader = PartReader & {records(bytes?: Buffer): Read[]}

/** A reader of lines, in the form that this test uses. */
function lines(skipHeaderLines = 0): () => Reader {
  return () => {
    const splitter = new LineSplitter({file: 'f', skipHeaderLines})
    const records = (bytes?: Buffer) => {
      const {values, offsets} = bytes ? splitter.push(bytes) : splitter.end()
      return values.map((value, i): Read => [offsets[i]!, value])
    }
    return Object.assign(splitter, {records})
  }
}

/** A reader of records with a delimiter of the user's. */
function delimited(options: TextOptions): () => Reader {
  return () => {
    const splitter = textSplitter('f', checkTextOptions('test', options))
    const records = (bytes?: Buffer) => {
      const {values, offsets} = bytes ? splitter.push(bytes) : splitter.end()
      return values.map((value, i): Read => [offsets[i]!, value])
    }
    return Object.assign(splitter, {records})
  }
}

/** A reader of JSON. */
function json(format: JsonFormat): () => Reader {
  return () => {
    const texts = jsonTexts('f', format, 1_000_000)
    const records = (bytes?: Buffer) => {
      const {values, offsets, failure} = bytes ? texts.push(bytes) : texts.end()
      if (failure) throw failure
      return values.map((value, i): Read => [offsets[i]!, value])
    }
    return Object.assign(texts, {records})
  }
}

/** A reader of CSV; rejects are records too. */
async function csv(options: object): Promise<() => Reader> {
  const settings = checkCsvOptions('test', options)
  const Csv = await csvReaders(settings)
  return () => {
    const reader = new Csv('f', settings, {rejects: true})
    const records = (bytes?: Buffer) => {
      const found: Read[] = []
      for (const {values, offsets, rejects} of bytes ? reader.push(bytes) : reader.end()) {
        values.forEach((value, i) => {
          found.push([offsets[i]!, JSON.stringify(value)])
        })
        for (const {byteOffset, raw} of rejects) found.push([byteOffset, raw])
      }
      return found.sort(([a], [b]) => a - b)
    }
    return Object.assign(reader, {records})
  }
}

/** Chunks of `size` bytes. */
async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

interface Reading {
  size?: number
  /** The bytes are what decompression gives. */
  compressed?: boolean
  range?: Range
  commits?: FileCommits
  /** Stops after so many records. */
  stopAfter?: number
  /** Leases are kept of these and released of all others. */
  holds?: (offset: number) => boolean
}

async function read(bytes: Buffer, make: () => Reader, reading: Reading = {}) {
  const {size = 4, compressed, range, commits, stopAfter, holds} = reading
  const stored: StoredBytes = {
    head: undefined,
    open: async function* open(start) {
      for await (const chunk of chunked(bytes.subarray(start), size)) {
        if (start === 0) stored.head ??= chunk
        yield chunk
      }
    },
  }
  if (compressed) stored.head = gzipSync(bytes)
  const content = stored.open(0)
  const input: FileInput = {file: {path: 'f', size: bytes.length}, prefix: 'f', content, stored}
  const part = new PartReading(input, range, commits)
  const found: Read[] = []
  if (part.parts.length === 0) return found
  const reader = make()
  part.input.follow!(reader)
  const take = (records: Read[]) => {
    const offsets = records.map(([offset]) => offset)
    const bundle = part.admit(new Bundle(records, {ids: new OffsetIds('f', offsets)}))
    for (const [i, record] of (bundle?.values ?? []).entries()) {
      if (found.length === stopAfter) return
      found.push(record)
      if (!holds?.(record[0])) bundle?.leases?.[i]?.release()
    }
  }
  try {
    for await (const chunk of part.input.content) {
      take(reader.records(chunk))
      if (found.length === stopAfter) return found
    }
    take(reader.records())
    part.finish()
  } finally {
    await part.close()
  }
  return found
}

/** All records of a file at once: what its parts must come to. */
function whole(bytes: Buffer, make: () => Reader): Read[] {
  const reader = make()
  return [...reader.records(bytes), ...reader.records()]
}

/** The ranges that these borders cut a file into. */
function partition(borders: readonly number[], length: number): Range[] {
  const places = [...new Set([0, ...borders.filter(at => at < length)])].sort((a, b) => a - b)
  return places.map((start, i) => ({start, end: places[i + 1] ?? Number.POSITIVE_INFINITY}))
}

const lineEnd = fc.constantFrom('\n', '\r\n')
const text = fc
  .record({
    mark: fc.constantFrom('', '\ufeff'),
    lines: fc.array(
      fc.tuple(fc.constantFrom('', 'a', 'bc', 'é', '€uro', '\r', 'x\ry', 'longer than a chunk'), lineEnd),
    ),
    last: fc.constantFrom('', 'z', 'end'),
  })
  .map(({mark, lines, last}) => Buffer.from(mark + lines.map(([line, end]) => line + end).join('') + last))

const barred = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.constantFrom('a', 'é', '|', '||', '\\|', '\n', ';', 'long enough for two')),
  )
  .map(([mark, parts]) => Buffer.from(mark + parts.join('')))
const blanks = fc.constantFrom('', ' ', '\n', '\r\n  ')
const jsonArray = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(blanks, fc.constantFrom('1', '"a,]"', '[1,[2]]', '{"a":"}"}', 'null', '"é"', '"\\""'), blanks)),
    blanks,
  )
  .map(([mark, elements, end]) =>
    Buffer.from(`${mark}${end}[${elements.map(parts => parts.join('')).join(',')}]${end}`),
  )

const field = fc.constantFrom('', 'a', 'é', '"q"', '"a,b"', '"l\nm"', '"l\r\nm"', '"""x"""', 'b"c', '"open')
const wellFormed = fc.constantFrom('', 'a', 'é', '"q"', '"a,b"', '"l\nm"', '"l\r\nm"', '"""x"""')
const tableOf = (fields: fc.Arbitrary<string>) =>
  fc
    .record({
      mark: fc.constantFrom('', '\ufeff'),
      header: fc.constantFrom('h1,h2', '"h\n1",h2'),
      records: fc.array(fc.tuple(fc.array(fields, {minLength: 1, maxLength: 3}), lineEnd)),
      last: fc.constantFrom('', 'y,z'),
    })
    .map(({mark, header, records, last}) =>
      Buffer.from(`${mark}${header}\n${records.map(([fields, end]) => fields.join(',') + end).join('')}${last}`),
    )
const table = tableOf(field)
/** As old spreadsheets for Mac write it; a quoted field may hold a `\n`. */
const macTable = table.map(bytes => Buffer.from(bytes.toString().replace(/\r?\n/g, '\r')))

const READERS: readonly (readonly [string, fc.Arbitrary<Buffer>, () => Reader])[] = [
  ['lines', text, lines()],
  ['lines after one of a header', text, lines(1)],
  ['lines after three of a header', text, lines(3)],
  ['records that end with a byte', barred, delimited({delimiter: '|'})],
  ['records that end with a byte, after a header', barred, delimited({delimiter: ';', skipHeaderLines: 2})],
  ['records with a delimiter that overlaps itself', barred, delimited({delimiter: '||'})],
  ['records with escapes', barred, delimited({delimiter: '|', escape: '\\', skipHeaderLines: 1})],
  ['elements of a JSON array', jsonArray, json('array')],
  ['elements of what is found to be a JSON array', jsonArray, json('auto')],
  ['JSON lines', text, json('auto')],
  ['CSV records with quotes', table, await csv({})],
  ['CSV records without quotes', table, await csv({quote: null})],
  ['CSV records by csv-parse', tableOf(wellFormed), await csv({engine: 'csv-parse'})],
  ['CSV records without a header', table, await csv({header: false, columns: ['a', 'b']})],
  ['CSV records of lines that end with \\r', macTable, await csv({})],
  ['CSV records of lines that end with \\r, without quotes', macTable, await csv({quote: null})],
  [
    'CSV records of lines that end with \\r, without a header',
    macTable,
    await csv({header: false, columns: ['a', 'b']}),
  ],
  ['CSV records without a header and quotes', table, await csv({quote: null, header: false, columns: ['a', 'b']})],
]

describe('parts of a file', () => {
  const cuts = fc.array(fc.nat(80), {maxLength: 5})
  const size = fc.integer({min: 1, max: 30})

  for (const [what, file, make] of READERS) {
    it(`come to the whole, each of the ${what} once, wherever ranges and chunks are cut`, async () => {
      await fc.assert(
        fc.asyncProperty(file, cuts, size, async (bytes, borders, size) => {
          const all: Read[] = []
          for (const range of partition(borders, bytes.length)) {
            const found = await read(bytes, make, {range, size})
            for (const [offset] of found) expect(offset >= range.start && offset < range.end).to.equal(true)
            all.push(...found)
          }
          expect(all).to.deep.equal(whole(bytes, make))
        }),
        {numRuns: 60},
      )
    })

    it(`give the rest of the ${what} when a run was stopped anywhere, with whatever had been committed`, async () => {
      await fc.assert(
        fc.asyncProperty(
          file,
          fc.tuple(size, size),
          fc.nat(12),
          fc.nat(4),
          fc.boolean(),
          async (bytes, [size, later], stopAfter, hold, compressed) => {
            const holds = (offset: number) => offset % 5 === hold
            const first = new FileCommits('1', () => {})
            const before = await read(bytes, make, {size, compressed, commits: first, stopAfter, holds})
            const stretches = first.ranges.stretches
            const second = new FileCommits('1', () => {}, {stretches, length: first.length})
            const after = await read(bytes, make, {size: later, compressed, commits: second})
            const expected = whole(bytes, make)
            const isCommitted = (offset: number) => stretches.some(({start, end}) => start <= offset && offset < end)
            // nothing that was held back is committed, and nothing that was committed comes again
            expect(before.filter(([offset]) => holds(offset) && isCommitted(offset))).to.deep.equal([])
            expect(after).to.deep.equal(expected.filter(([offset]) => !isCommitted(offset)))
            expect(second.isComplete()).to.equal(true)
          },
        ),
        {numRuns: 60},
      )
    })
  }

  it('come to the whole at every border of a small file', async () => {
    const bytes = Buffer.from('\ufeffhead\r\n\na\r\n\r\nbb\n\nc')
    for (const make of [lines(), lines(1), lines(2)])
      for (let a = 0; a <= bytes.length; a++)
        for (let b = a; b <= bytes.length; b++) {
          const all: Read[] = []
          for (const range of partition([a, b], bytes.length)) all.push(...(await read(bytes, make, {range})))
          expect(all, `${a}, ${b}`).to.deep.equal(whole(bytes, make))
        }
  })

  it('are found without reading what comes before, where records end with a line', async () => {
    const bytes = Buffer.from(`head\n${'x\n'.repeat(100_000)}`)
    const opened: number[] = []
    const stored: StoredBytes = {
      head: undefined,
      open: start => {
        opened.push(start)
        return chunked(bytes.subarray(start), 1000)
      },
    }
    const input = {file: {path: 'f', size: bytes.length}, prefix: 'f', content: stored.open(0), stored}
    const part = new PartReading(input, {start: 100_000, end: 100_010}, undefined)
    const splitter = new LineSplitter({file: 'f', skipHeaderLines: 1})
    part.input.follow!(splitter)
    const offsets: number[] = []
    for await (const chunk of part.input.content) offsets.push(...splitter.push(chunk).offsets)
    expect(opened).to.deep.equal([0, 99_999])
    expect(offsets).to.deep.equal([100_001, 100_003, 100_005, 100_007, 100_009])
  })

  it('are known by their lines when a run is taken up', async () => {
    const bytes = Buffer.from('a\nb\nc\nd\n')
    const commits = new FileCommits('1', () => {})
    await read(bytes, lines(), {size: 4, commits, stopAfter: 3})
    expect(commits.ranges.stretches).to.deep.equal([{start: 0, end: 4, line: 2}])
  })
})
