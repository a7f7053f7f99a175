import {randomUUID} from 'node:crypto'
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {dirname} from 'node:path'
import type {ObjectRecord} from './stored-object.ts'

const CHUNK = 2 ** 20
const NEWLINE = 10
/** Bytes of outdated lines that are not worth a compaction. */
const SLACK = 2 ** 20

/** Where a line stands in the file, without its line break. */
interface Place {
  readonly at: number
  readonly length: number
}

/** The line that counts for an object, and the one before it. */
interface Entry extends Place {
  readonly before: Place | undefined
}

/**
 * The records of one bucket's objects in one file, a line of JSON each. The last line of an object counts; a deletion is a line, too.
 *
 * To append a line takes a small fraction of the time that creating a file takes. A killed server leaves whole lines, and at
 * most one part of a line at the end, which is ignored. Other processes may append to the same file.
 */
export class RecordLog {
  readonly #file: string
  readonly #entries = new Map<string, Entry>()
  /** Tells whether the file is still the one that was read. */
  #inode = -1
  /** Bytes that are known: up to the end of a line. */
  #size = 0
  /** Bytes of the lines that count. */
  #live = 0

  constructor(file: string) {
    this.#file = file
  }

  /** The record of an object. */
  read(name: string): ObjectRecord | undefined {
    return this.#readWith(name, entry => entry)
  }

  /** The record that an object had before the one that {@link read} gives. */
  readBefore(name: string): ObjectRecord | undefined {
    return this.#readWith(name, entry => entry.before)
  }

  /** Appends a record. The function that it returns takes it back, as long as nothing else was appended. */
  append(record: ObjectRecord): () => void {
    return this.#append(record.name, record)
  }

  /** Appends that an object is gone. */
  delete(name: string): void {
    if (this.#entries.has(name)) this.#append(name, {name, deleted: true})
  }

  #readWith(name: string, choose: (entry: Entry) => Place | undefined): ObjectRecord | undefined {
    const fd = open(this.#file, 'r')
    if (fd === undefined) return undefined
    try {
      this.#refresh(fd)
      const entry = this.#entries.get(name)
      const place = entry && choose(entry)
      const record = place && parse(bytesAt(fd, place))
      return record?.name === name ? (record as ObjectRecord) : undefined
    } finally {
      closeSync(fd)
    }
  }

  #append(name: string, line: {name: string; deleted?: true}): () => void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    // Before the line and not after it: the record that an object had before must stay until the next one.
    if (this.#size > 2 * this.#live + SLACK) this.#compact()
    const fd = openToAppend(this.#file)
    try {
      // A part of a line would make this one unreadable.
      if (this.#refresh(fd) > this.#size) ftruncateSync(fd, this.#size)
      const [at, former] = [this.#size, this.#entries.get(name)]
      try {
        writeFileSync(fd, bytes)
      } catch (error) {
        ftruncateSync(fd, at)
        throw error
      }
      this.#note(name, line.deleted ? undefined : {at, length: bytes.length - 1})
      this.#size += bytes.length
      return () => this.#takeBack(name, at, former)
    } finally {
      closeSync(fd)
    }
  }

  #takeBack(name: string, at: number, former: Entry | undefined): void {
    const fd = open(this.#file, 'r+')
    if (fd === undefined) return
    try {
      const added = this.#entries.get(name)
      if (added?.at !== at || fstatSync(fd).size !== at + added.length + 1) return
      ftruncateSync(fd, at)
      this.#size = at
      this.#note(name, former, former?.before)
    } finally {
      closeSync(fd)
    }
  }

  /** Reads what was added since the last look, by whomever, and returns the size of the file. */
  #refresh(fd: number): number {
    const {ino, size} = fstatSync(fd)
    if (ino !== this.#inode || size < this.#size) {
      this.#inode = ino
      this.#entries.clear()
      this.#size = 0
      this.#live = 0
    }
    for (let rest: Buffer = Buffer.alloc(0); this.#size + rest.length < size; ) {
      const from = this.#size + rest.length
      rest = Buffer.concat([rest, bytesAt(fd, {at: from, length: Math.min(CHUNK, size - from)})])
      rest = rest.subarray(this.#takeLines(rest))
    }
    return size
  }

  /** Notes all whole lines, the first of which starts at `#size`, and returns how many bytes they have. */
  #takeLines(bytes: Buffer): number {
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = parse(bytes.subarray(start, end))
      if (line) this.#note(line.name, line.deleted ? undefined : {at: this.#size, length: end - start})
      this.#size += end + 1 - start
      start = end + 1
    }
    return start
  }

  #note(name: string, place: Place | undefined, before: Place | undefined = this.#entries.get(name)): void {
    this.#live -= this.#entries.get(name)?.length ?? 0
    if (!place) {
      this.#entries.delete(name)
      return
    }
    this.#live += place.length
    const {at, length} = place
    this.#entries.set(name, {at, length, before: before && {at: before.at, length: before.length}})
  }

  /** Writes the lines that count to a new file, which then takes the place of this one. */
  #compact(): void {
    const draft = `${this.#file}.${randomUUID()}`
    const fd = open(this.#file, 'r')
    if (fd === undefined) return
    try {
      this.#refresh(fd)
      this.#copyLive(fd, draft)
      renameSync(draft, this.#file)
    } catch {
      // The file is as good as before, only longer than it need be.
      rmSync(draft, {force: true})
    } finally {
      closeSync(fd)
    }
  }

  #copyLive(fd: number, draft: string): void {
    const out = openSync(draft, 'w')
    try {
      let lines: Buffer[] = []
      let held = 0
      for (const entry of this.#entries.values()) {
        lines.push(bytesAt(fd, entry), Buffer.from('\n'))
        held += entry.length
        if (held < CHUNK) continue
        writeFileSync(out, Buffer.concat(lines))
        lines = []
        held = 0
      }
      writeFileSync(out, Buffer.concat(lines))
    } finally {
      closeSync(out)
    }
  }
}

function open(file: string, flags: 'r' | 'r+'): number | undefined {
  try {
    return openSync(file, flags)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function openToAppend(file: string): number {
  try {
    return openSync(file, 'a+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(file), {recursive: true})
    return openSync(file, 'a+')
  }
}

function bytesAt(fd: number, {at, length}: Place): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let read = 0
  for (let more = 1; more > 0 && read < length; read += more) more = readSync(fd, bytes, read, length - read, at + read)
  return bytes.subarray(0, read)
}

/** A line's value; undefined for a damaged line. */
function parse(line: Buffer): {name: string; deleted?: true} | undefined {
  try {
    const value = JSON.parse(line.toString()) as {name?: unknown} | null
    return typeof value?.name === 'string' ? (value as {name: string}) : undefined
  } catch {
    return undefined
  }
}
