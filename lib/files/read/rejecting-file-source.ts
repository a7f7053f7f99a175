import {type DescriptorParts, OUTPUTS, type RecordKeeper, type StageReadable} from '../../core/index.ts'
import {SluiceError, type SluiceErrorCode} from '../../errors/index.ts'
import {offsetBundles} from './file-bundles.ts'
import {FileSource} from './file-source.ts'
import type {FileReadSettings} from './read-options.ts'

/** A malformed record of a file that was set aside. */
export interface FileReject {
  /** The record as it is in the file, without its line end; bytes that are not UTF-8 become U+FFFD. */
  raw: string
  /** The bytes of the record in base64, present only if they are not UTF-8, so that `raw` loses some of them. */
  rawBase64?: string | undefined
  /** The line on which it begins, from 1; 0 if unknown: in a range that does not begin at the start of the file. */
  line: number
  /** The byte at which it begins, in the decompressed file. */
  byteOffset: number
  file: string
  /** What is wrong with it. */
  error: string
}

/** Tagged outputs of a source with `rejects: true`. */
export interface RejectTags {
  rejects: FileReject
}

const TAG = 'rejects'

/** A source that emits malformed records to `tagged('rejects')`, or fails at the first of them. */
export abstract class RejectingFileSource<O, Tags extends object> extends FileSource<O, Tags> {
  readonly #rejects: boolean

  constructor(settings: FileReadSettings, rejects: boolean, parts?: DescriptorParts) {
    super(settings, parts)
    this.#rejects = rejects
    if (rejects) this[OUTPUTS].outlet.required.add(TAG)
  }

  override tagged<K extends keyof Tags & string>(tag: K): StageReadable<Tags[K]> {
    if (!this.#rejects || tag !== TAG)
      throw new SluiceError(
        'ERR_SLUICE_TAG',
        `${this.info.name} has no output '${tag}'. ` +
          (tag === TAG ? 'Set the option `rejects: true` to have one' : "There is only tagged('rejects')"),
        {stage: this.info.name},
      )
    return super.tagged(tag)
  }

  /** Emits malformed records, or returns the error for the first of them; `keeper` has the details of each. */
  protected async setAside(
    prefix: string,
    found: FileReject[],
    code: SluiceErrorCode,
    keeper?: RecordKeeper,
  ): Promise<SluiceError | undefined> {
    if (found.length === 0) return undefined
    const rejects = found.filter(({byteOffset}) => this.wants(byteOffset))
    const first = rejects[0]
    if (!first) return undefined
    const {file, line, byteOffset, error, raw} = first
    const place = line > 0 ? `${file}, line ${line} (byte ${byteOffset})` : `${file}, byte ${byteOffset}`
    const what = `${place}: ${error}`
    if (!this.#rejects)
      return new SluiceError(
        code,
        `${what}. Correct the file, or set \`rejects: true\` and read such records from tagged('rejects')`,
        {element: raw},
      )
    const {outlet} = this[OUTPUTS]
    if (!outlet.claims(TAG)) outlet.unclaimed(TAG, first, new Error(what))
    const offsets = rejects.map(reject => reject.byteOffset)
    for (const bundle of offsetBundles(prefix, rejects, offsets, keeper)) await this.emitTagged(TAG, bundle)
    return undefined
  }
}
