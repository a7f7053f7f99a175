import {Readable, type Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {stageOf, type types, watchUpstream} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import {Collector} from './collector.ts'

/** A stage, or the last one of a chain made with `pipe()`. */
export type StageStream<O> = Readable & {readonly [types]: {out: () => O}}
/** Anything else that `for await` reads; stages are AsyncIterable too, but Node types what those give as any. */
export type Items<O> = (AsyncIterable<O> | Iterable<O>) & {readonly [types]?: never | undefined}
/** Anything that {@link collect} accepts. */
export type Collectable<O> = StageStream<O> | Items<O>

/**
 * Reads a stream to its end and returns its elements.
 *
 * Works for stages, chains of stages made with `pipe()` (an error anywhere in the chain rejects), foreign streams and
 * iterables. Messages of a leased source are acknowledged.
 *
 * @example
 * expect(await collect(create([1, 2]).pipe(map((n: number) => n * 2)))).to.deep.equal([2, 4])
 */
export async function collect<O>(stream: StageStream<O>): Promise<O[]>
export async function collect<O>(stream: Items<O>): Promise<O[]>
export async function collect(stream: Collectable<unknown>): Promise<unknown[]> {
  if (stageOf(stream) && stream instanceof Readable) return collectStage(stream)
  if (typeof stream !== 'object' || stream === null || !(Symbol.asyncIterator in stream || Symbol.iterator in stream))
    throw badOption('collect', 'stream', stream, 'a stage, a Readable or an iterable')
  const values: unknown[] = []
  for await (const value of stream as AsyncIterable<unknown>) values.push(value)
  return values
}

async function collectStage(stream: Readable): Promise<unknown[]> {
  const collector = new Collector<unknown>('collect')
  await readInto(collector, stream)
  return collector.values
}

/** Reads a stage, or a chain of stages made with `pipe()`, to its end. */
export async function readInto(collector: Writable, stream: Readable): Promise<void> {
  // plain pipe() does not report an error further upstream
  const destroy = watchUpstream(stream, error => collector.destroy(error))
  try {
    await pipeline(stream, collector)
  } catch (error) {
    destroy(error as Error)
    throw error
  }
}
