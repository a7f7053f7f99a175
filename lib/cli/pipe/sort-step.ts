import {
  type Bundle,
  BundleStage,
  type DoFnOptions,
  type ElementOutputs,
  type ElementRules,
  errorPolicy,
  OutputBuilder,
  STAGE,
  stageDescriptor,
} from '../../core/index.ts'
import {ExternalSort, type StoredElement, StoredElements} from '../../state/index.ts'
import {UsageError} from '../report/exit.ts'
import type {Casts} from './casts.ts'
import {fieldsOf} from './output-lines.ts'
import {names} from './pipe-settings.ts'
import {compareKeys, type SortField, type SortKey, sortKeys} from './sort-order.ts'
import {UnseenFields} from './unseen-fields.ts'

type Tags = {[tag: string]: unknown}
type Entry = readonly [element: StoredElement, keys: readonly SortKey[]]

/** What `--sort` and `--top` have in common. */
export interface SortSettings {
  /** The flag, for names and warnings. */
  readonly kind: 'sort' | 'top'
  readonly fields: readonly SortField[]
  readonly limit: number | undefined
  /** Bytes of heap before records go to disk. */
  readonly memory: number
}

/** `--sort` and `--top`: gathers all records, on disk beyond `memory`, and hands them on in order when the input has ended. */
export class SortStep extends BundleStage<unknown, unknown, Tags> {
  readonly #fields: readonly SortField[]
  readonly #kind: string
  readonly #elements = new StoredElements()
  readonly #sort: ExternalSort<Entry, StoredElement>
  readonly #rules: ElementRules
  readonly #unseen: UnseenFields

  constructor({kind, fields, limit, memory}: SortSettings, {onError}: DoFnOptions<Tags>) {
    const policy = errorPolicy(kind, onError)
    super({name: kind}, stageDescriptor({onError: policy.kind}))
    this.#fields = fields
    this.#kind = kind
    this.#rules = this.rules(policy)
    this.#unseen = new UnseenFields(fields.map(({name}) => name))
    this.#sort = new ExternalSort({
      owner: {stage: kind, option: '--memory'},
      memory,
      limit,
      compare: ([, a], [, b]) => compareKeys(fields, a, b),
      encode: ([element]) => element,
      decode: element => [element, this.#keysOf(element[0])],
    })
  }

  #keysOf(record: unknown): SortKey[] {
    return sortKeys(this.#fields, fieldsOf(record))
  }

  protected override takeBundle(bundle: Bundle<unknown>, _watermark: number, done: () => void): void {
    const entries: Entry[] = []
    for (const [i, record] of bundle.values.entries()) {
      try {
        const row = fieldsOf(record)
        this.#unseen.look(row)
        entries.push([this.#elements.take(bundle, i), sortKeys(this.#fields, row)])
      } catch (error) {
        this.#rules.failed(error, bundle, i, this.#letters(bundle, i))
      }
    }
    this.#sort.add(entries)
    if (!this.#sort.full) return this.whenRoom(done)
    this.#sort.spill().then(
      () => this.whenRoom(done),
      error => this.fail(error),
    )
  }

  #letters(bundle: Bundle<unknown>, i: number): ElementOutputs {
    return {
      addTagged: (tag, letter, ordinal) => {
        const letters = new OutputBuilder(bundle, {tag})
        letters.add(letter, i, ordinal)
        for (const part of letters.take(1)) this.handTagged(tag, part)
      },
      holds: () => false,
      discard: () => {},
    }
  }

  protected override takeBarrier(bundle: Bundle<unknown>, done: () => void): void {
    this.passBarrier(bundle)
    done()
  }

  protected override async finishInput(): Promise<void> {
    for await (const entries of this.#sort.sorted()) {
      await new Promise<void>(resolve => this.whenRoom(resolve))
      this.hand(this.#elements.bundle(entries.map(([element]) => element)))
    }
    const {logger} = this[STAGE]
    const warning = this.#unseen.warning(this.#kind)
    if (warning) logger.warn(warning)
  }

  protected override abort(): void {
    void this.#sort.close()
  }
}

/** The fields of `--sort [-]FIELD,…`, and of `--top`, whose order is the other way round. */
export function sortFields(
  flag: string,
  text: string,
  {fields: casts, strings}: Casts,
  table: boolean,
  downward = false,
): SortField[] {
  const fields = names(flag, text).map(part => {
    const name = part.startsWith('-') ? part.slice(1) : part
    if (name === '') throw new UsageError(`${flag} is '${text}'; give names separated by commas, each with or without a '-'`)
    const numbers = !strings.has(name) && (table || Object.hasOwn(casts, name))
    return {name, descending: part.startsWith('-') !== downward, numbers}
  })
  const twice = fields.find(({name}, i) => fields.findIndex(field => field.name === name) < i)
  if (twice) throw new UsageError(`${flag} has the field '${twice.name}' twice`)
  return fields
}
