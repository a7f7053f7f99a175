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
import {fieldsOf} from './output-lines.ts'
import type {StepFlag} from './pipe-flags.ts'
import {names, type PipeSettings} from './pipe-settings.ts'
import {type RecordKey, type SortField, SortOrder} from './sort-order.ts'
import {UnseenFields} from './unseen-fields.ts'

type Tags = {[tag: string]: unknown}

interface Entry {
  readonly element: StoredElement
  readonly key: RecordKey
}

/** What `--sort` and `--top` have in common. */
interface SortSettings {
  /** The flag, for names and warnings. */
  readonly kind: 'sort' | 'top'
  readonly fields: readonly SortField[]
  readonly limit: number | undefined
  /** Bytes of heap before records go to disk. */
  readonly memory: number
}

/** `--sort` and `--top`: gathers all records, on disk beyond `memory`, and hands them on in order when the input has ended. */
class SortStep extends BundleStage<unknown, unknown, Tags> {
  readonly #order: SortOrder
  readonly #kind: string
  readonly #elements = new StoredElements()
  readonly #sort: ExternalSort<Entry, StoredElement>
  readonly #rules: ElementRules
  readonly #unseen: UnseenFields

  constructor({kind, fields, limit, memory}: SortSettings, {onError}: DoFnOptions<Tags>) {
    const policy = errorPolicy(kind, onError)
    super({name: kind}, stageDescriptor({onError: policy.kind}))
    const order = new SortOrder(fields)
    this.#order = order
    this.#kind = kind
    this.#rules = this.rules(policy)
    this.#unseen = new UnseenFields(fields.map(({name}) => name))
    this.#sort = new ExternalSort({
      owner: {stage: kind, option: '--memory'},
      memory,
      limit,
      compare: (a, b) => order.compare(a.key, b.key),
      encode: ({element}) => element,
      decode: element => ({element, key: order.keyOf(fieldsOf(element[0]))}),
    })
  }

  protected override takeBundle(bundle: Bundle<unknown>, _watermark: number, done: () => void): void {
    const entries: Entry[] = []
    for (const [i, record] of bundle.values.entries()) {
      try {
        const row = fieldsOf(record)
        this.#unseen.look(row)
        entries.push({element: this.#elements.take(bundle, i), key: this.#order.keyOf(row)})
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
      this.hand(this.#elements.bundle(entries.map(({element}) => element)))
    }
    const {logger} = this[STAGE]
    const warning = this.#unseen.warning(this.#kind)
    if (warning) logger.warn(warning)
  }

  protected override abort(): void {
    void this.#sort.close()
  }
}

/** The step for `--sort [-]FIELD,…`. */
export function sortStep(value: string, settings: PipeSettings, options: DoFnOptions<Tags>): SortStep {
  const fields = sortFields('--sort', value, settings)
  return new SortStep({kind: 'sort', fields, limit: undefined, memory: settings.memory}, options)
}

/** The step for `--top N --by [-]FIELD,…`: what `--sort` has first if every direction is the other way round. */
export function topStep(
  limit: number,
  by: StepFlag | undefined,
  settings: PipeSettings,
  options: DoFnOptions<Tags>,
): SortStep {
  if (by?.kind !== 'by') throw new UsageError(`--top ${limit} needs to know what to compare: --top ${limit} --by FIELD`)
  const fields = sortFields('--by', by.value, settings)
  const downward = fields.map(field => ({...field, descending: !field.descending}))
  return new SortStep({kind: 'top', fields: downward, limit, memory: settings.memory}, options)
}

function sortFields(flag: string, text: string, {casts, from}: PipeSettings): SortField[] {
  const fields = names(flag, text).map(part => {
    const descending = part.startsWith('-')
    const name = descending ? part.slice(1) : part
    if (name === '')
      throw new UsageError(
        `${flag} is '${text}'; give fields separated by commas, with a - before those that go downward`,
      )
    const typed = from === 'csv' || from === 'tsv' || Object.hasOwn(casts.fields, name)
    return {name, descending, numbers: typed && !casts.strings.has(name)}
  })
  const twice = fields.find(({name}, i) => fields.findIndex(field => field.name === name) < i)
  if (twice) throw new UsageError(`${flag} has the field '${twice.name}' twice`)
  return fields
}
