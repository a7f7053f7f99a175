import {RECORD_INDEX_CODE} from './record-index-code.ts'

/** Bytes examined in one call: a page of WebAssembly memory, minus what may be read past the end. */
export const WINDOW = 65_472
/** The most records found in one call. */
const MOST = 1000
/** Numbers in the table for each record, and their meanings. */
export const COLUMNS = 5
export const LINES = 2
export const FLAGS = 3
export const CHARACTERS = 4
/** The flag of a record with a doubled quote. */
export const TWICE = 2

/** The part of WebAssembly that is needed; Node omits it under `--jitless`. */
interface WebAssemblyOf {
  Module: new (code: Uint8Array) => object
  Instance: new (module: object) => {exports: {memory: {buffer: ArrayBuffer}; find: Find}}
}
type Find = (...places: [from: number, to: number, delimiter: number, quote: number, ...limits: number[]]) => number

/** What makes a record plain: `width` fields, at most `max` bytes; `multi`: the bytes are UTF-8, and need not be ASCII. */
export interface Plain {
  width: number
  max: number
  multi: boolean
}

/**
 * Finds the fields of many well-formed CSV records at once, 64 bytes per step (record-index.wat). All places are in the
 * window, a copy of some of the bytes. It skips no record: it stops at one that is malformed, incomplete or larger than the
 * window.
 */
export class RecordIndex {
  /** Where the fields of all records begin and end, without their quotes, in characters. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /**
   * Five numbers for each record, and for what comes after the last: the place where it begins, the fields and the lines
   * before it, 0 if the record is plain (not blank, no doubled quote, and as requested), and the characters before it.
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

  /** Takes the bytes from `from` on, as many as fit, and returns their number. */
  open(bytes: Uint8Array, from: number): number {
    this.#size = Math.min(WINDOW, bytes.length - from)
    this.#window.set(bytes.subarray(from, from + this.#size))
    return this.#size
  }

  /** Finds at most `most` (up to 1,000) records from `from` on; returns how many. `quote` -1: there are no quotes. */
  find(from: number, delimiter: number, quote: number, {width, max, multi}: Plain, most: number): number {
    return this.#find(from, this.#size, delimiter, quote === -1 ? delimiter : quote, width, max, most, Number(multi))
  }
}

/** Idle instances. Each has 256 KiB; as many are created as are in use at once, usually one. */
const idle: RecordIndex[] = []
let available = true
let module: object | undefined

/** An index to use synchronously until it is given back; undefined where there can be none. */
export function takeRecordIndex(): RecordIndex | undefined {
  const found = idle.pop()
  if (found !== undefined || !available) return found
  try {
    const {WebAssembly: webAssembly} = globalThis as unknown as {WebAssembly: WebAssemblyOf}
    module ??= new webAssembly.Module(Buffer.from(RECORD_INDEX_CODE, 'base64'))
    return new RecordIndex(module, webAssembly)
  } catch {
    // no WebAssembly, or no address space for its memory (`ulimit -v`): callers have a slower way
    available = false
    return undefined
  }
}

/** Gives an index back. */
export function giveRecordIndex(index: RecordIndex): void {
  idle.push(index)
}
