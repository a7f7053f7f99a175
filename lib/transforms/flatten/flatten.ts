import {type Collection, isCollection, type JoinStage, type StageOptions, type StageReadable} from '../../core/index.ts'
import {type ElementOf, type FlattenStream, flattenInputs, isReadable} from './flatten-inputs.ts'
import {Flatten} from './flatten-stage.ts'

/**
 * A source that merges several streams, or several collections of a Pipeline, reading whichever is ready.
 *
 * The order within an input is kept. It ends when all inputs have ended; an input that fails makes it fail, and destroying it
 * destroys its inputs and what feeds only them. Ids are marked with the position of the input, so that elements of two branches
 * of one source have different ids; the watermark is the smallest of the inputs'.
 *
 * @param inputs streams, connected at once and read from the next tick on; or collections, connected by the Pipeline
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction: no input, one given twice, streams and collections mixed
 *
 * @example
 * await chain(flatten(create([1, 2]), create([3])), writeToStdout())
 *
 * const p = new Pipeline({name: 'joined'})
 * const [orders, returns] = [p.apply('Orders', create([1])), p.apply('Returns', create([2]))]
 * const all = p.apply('All', flatten(orders, returns))
 */
export function flatten<const Inputs extends readonly Collection[]>(
  ...inputs: Inputs
): StageReadable<ElementOf<Inputs[number]>> & JoinStage
export function flatten<const Inputs extends readonly FlattenStream[]>(
  ...inputs: Inputs
): StageReadable<ElementOf<Inputs[number]>>
export function flatten<const Inputs extends readonly (Collection | FlattenStream)[]>(
  ...inputsAndOptions: readonly [...Inputs, StageOptions]
): StageReadable<ElementOf<Inputs[number]>>
export function flatten(...args: unknown[]): StageReadable<unknown> {
  const last = args.at(-1)
  const options = isOptions(last) ? last : undefined
  const inputs = options ? args.slice(0, -1) : args
  return new Flatten(flattenInputs(options?.name ?? 'flatten', inputs), options)
}

function isOptions(value: unknown): value is StageOptions {
  return typeof value === 'object' && value !== null && !isReadable(value) && !isCollection(value)
}
