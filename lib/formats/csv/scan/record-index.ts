import {RECORD_INDEX_CODE} from './record-index-code.ts'

/** Bytes that are looked at in one go: a page of WebAssembly memory, less what may be read past the end. */
export const WINDOW = 65_472
/** Records that are found in one go, at most. */
const MOST = 1000
/** Numbers in the table for each record, and which of them is what. */
export const COLUMNS = 5
export const LINES = 2
export const FLAGS = 3
export const CHARACTERS = 4
/** What stands among the flags of a record in which a quote is written twice. */
export const TWICE = 2

/** What WebAssembly is, as far as it is needed; Node leaves it out under `--jitless`. */
interface WebAssemblyOf {
  Module: new (code: Uint8Array) => object
  Instance: new (module: object) => {exports: {memory: {buffer: ArrayBuffer}; find: Find}}
}
type Find = (...places: [from: number, to: number, delimiter: number, quote: number, ...limits: number[]]) => number

/** What makes a record plain: so many fields, not more bytes; `multi`: the bytes are UTF-8, and need not be ASCII. */
export interface Plain {
  width: number
  max: number
  multi: boolean
}

/**
 * Finds the fields of many well-formed CSV records at once, 64 bytes to a step (record-index.wat). All places are in the
 * window, a copy of some of the bytes. Records that are malformed, cut off or larger than the window it leaves alone.
 */
export class RecordIndex {
  /** Where the fields begin and end, without their quotes, in characters: those of all records one after the other. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /**
   * Five numbers for each record, and for what comes after the last: the place where it begins, the fields and the lines
   * before it, 0 if the record is plain (not blank, no quote written twice, and as asked for), and the characters before it.
   */
  readonly table: Int32Array
  readonly #window: Uint8Array
  readonly #find: Find
  #size = 0

  constructor(module: object, webAssembly: WebAssemblyOf) {
    const {memory, find} = new webAssembly.Instance(module).exports
    this.#window = new Uint8Array(memory.buffer, 0, WINDOW)
    this.starts = new Int32Array(memory.buffer, 65_536, 16_384)
    this.ends = new Int32Array(memory.buffer, 131_072, 16_384)
    this.table = new Int32Array(memory.buffer, 196_608, COLUMNS * (MOST + 1))
    this.#find = find
  }

  /** Takes the bytes from `from` on, as many as fit, and gives the number of them. */
  open(bytes: Uint8Array, from: number): number {
    this.#size = Math.min(WINDOW, bytes.length - from)
    this.#window.set(bytes.subarray(from, from + this.#size))
    return this.#size
  }

  /** Finds the records that begin at `from`, `most` (up to 1,000) at the most; gives how many. `quote` -1: there are none. */
  find(from: number, delimiter: number, quote: number, {width, max, multi}: Plain, most: number): number {
    return this.#find(from, this.#size, delimiter, quote === -1 ? delimiter : quote, width, max, most, Number(multi))
  }
}

/** Instances that nobody is using. Each has 256 KiB; as many are made as are in use at once, which is one as a rule. */
const idle: RecordIndex[] = []
let available = true
let module: object | undefined

/** An index to use, without letting go of the thread, until it is given back; undefined where there can be none. */
export function takeRecordIndex(): RecordIndex | undefined {
  const found = idle.pop()
  if (found !== undefined || !available) return found
  try {
    const {WebAssembly: webAssembly} = globalThis as unknown as {WebAssembly: WebAssemblyOf}
    module ??= new webAssembly.Module(Buffer.from(RECORD_INDEX_CODE, 'base64'))
    return new RecordIndex(module, webAssembly)
  } catch {
    // no WebAssembly, or no address space for its memory (`ulimit -v`): whoever asks has a slower way
    available = false
    return undefined
  }
}

/** Gives an index back. */
export function giveRecordIndex(index: RecordIndex): void {
  idle.push(index)
}
