import type {Readable} from 'node:stream'
import {type Collection, isCollection, type types} from '../../core/index.ts'
import {badOption} from '../../errors/index.ts'

/** An input of flatten() in plain Node style: a source, DoFn, tagged output, or Readable of objects. */
export type FlattenStream<O = unknown> = Readable & {readonly [types]?: {out: () => O} | undefined}

/** The elements of an input. */
export type ElementOf<Input> = Input extends {readonly [types]: {out: () => infer O}} ? O : unknown

/** What a stage that merges inputs is made of. */
export interface FlattenInputs {
  readonly collections: readonly Collection[]
  readonly streams: readonly Readable[]
}

/** Checks the inputs of a stage that merges them. */
export function flattenInputs(where: string, inputs: readonly unknown[]): FlattenInputs {
  const collections = inputs.filter(isCollection)
  const streams = inputs.filter(isReadable)
  const bad = inputs.find(input => !isCollection(input) && !isReadable(input))
  if (bad !== undefined || collections.length + streams.length < inputs.length)
    throw badOption(where, 'inputs', bad, 'streams (sources, DoFns, tagged outputs) or collections of a Pipeline')
  if (inputs.length === 0) throw badOption(where, 'inputs', inputs, 'at least one stream or collection')
  if (collections.length > 0 && streams.length > 0)
    throw badOption(
      where,
      'inputs',
      'a mix',
      'streams only, or collections only: apply the streams to the Pipeline first',
    )
  if (new Set(inputs).size < inputs.length)
    throw badOption(
      where,
      'inputs',
      'one input twice',
      'each input once; to copy its rows, put map(r => ({...r})) between',
    )
  return {collections, streams}
}

export function isReadable(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Readable>).pipe === 'function'
}
