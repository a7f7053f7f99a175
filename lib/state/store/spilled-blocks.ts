import {notPlain, type SpilledRecord, SpillFile} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import {decodeBlock, encodeBlock} from './block-codec.ts'

/** Whose data is spilled, for error messages. */
export interface SpillOwner {
  readonly stage: string
  /** The option to raise so that less goes to disk. */
  readonly option: string
}

/** Records of plain data on disk, in blocks that are read back in order, once. */
export class SpilledBlocks<R> {
  readonly #owner: SpillOwner
  readonly #file: SpillFile
  #blocks: SpilledRecord[] = []
  /** Bytes on disk. */
  bytes = 0
  /** Records on disk. */
  records = 0

  constructor(owner: SpillOwner) {
    this.#owner = owner
    this.#file = new SpillFile(owner.stage, owner.option)
  }

  /** Writes one block; one call at a time. */
  async append(records: readonly R[]): Promise<void> {
    const block = await this.#file.append(this.#encoded(records))
    this.#blocks.push(block)
    this.bytes += block.length
    this.records += records.length
  }

  #encoded(records: readonly R[]): Buffer {
    try {
      return encodeBlock(records)
    } catch (cause) {
      const {stage, option} = this.#owner
      let element: unknown
      let what: string | undefined
      for (const record of records) {
        what = notPlain(record, 'element')
        element = record
        if (what) break
      }
      throw new SluiceError(
        'ERR_SLUICE_OUTPUT_TYPE',
        `${stage}: ${what ?? String(cause)}, and only plain data can wait on disk; make plain rows before this step ` +
          `(map(row => ({…}))), or raise ${option}`,
        {stage, element, cause},
      )
    }
  }

  /** The blocks in the order in which they were written; each can be read once. */
  async *read(): AsyncGenerator<R[]> {
    const blocks = this.#blocks
    this.#blocks = []
    this.bytes = 0
    this.records = 0
    for (const block of blocks) yield decodeBlock(await this.#file.take(block)) as R[]
  }

  /** Frees the disk space. */
  close(): Promise<void> {
    return this.#file.close()
  }
}
