import type {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {type StageInfo, stageOf, unreadTags} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'
import {notAStage, useByHand} from './graph/check-stage.ts'
import type {End, Root, Through} from './graph/step-types.ts'

/**
 * Runs a source, steps and a sink one after the other, as `pipeline` of `node:stream/promises` does, and checks that the
 * elements of each fit the next: the parameters of functions have their types from the stage before. Up to twelve steps; for
 * branches and names, see {@link Pipeline}.
 *
 * @param stages a source, any number of DoFns, and a sink, each of them new; a stream of somebody else's as
 * `create(readable)` or `track(transform)`
 * @returns a promise that resolves when everything is committed
 * @throws {SluiceError} the promise rejects, before anything is read, with `ERR_SLUICE_GRAPH` for what is no chain and
 * `ERR_SLUICE_TAG` for a dead-letter output that nobody reads; later with whatever the stages fail with
 *
 * @example
 * await chain(
 *   readFromText('orders.csv', {skipHeaderLines: 1}),
 *   map(line => line.split(',')),
 *   map(([id = '', total]) => ({id, total: Number(total || Number.NaN)})),
 *   filter(({total}) => Number.isFinite(total)), // or throw, and set it aside: onError: deadLetter('bad')
 *   writeToBigQuery({table: 'shop.orders'}),
 * )
 */
export function chain<A>(source: Root<A, object>, sink: End<A>): Promise<void>
export function chain<A, B>(source: Root<A, object>, step1: Through<A, B>, sink: End<B>): Promise<void>
export function chain<A, B, C>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  sink: End<C>,
): Promise<void>
export function chain<A, B, C, D>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  sink: End<D>,
): Promise<void>
export function chain<A, B, C, D, E>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  sink: End<E>,
): Promise<void>
export function chain<A, B, C, D, E, F>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  sink: End<F>,
): Promise<void>
export function chain<A, B, C, D, E, F, G>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  sink: End<G>,
): Promise<void>
export function chain<A, B, C, D, E, F, G, H>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  step7: Through<G, H>,
  sink: End<H>,
): Promise<void>
export function chain<A, B, C, D, E, F, G, H, I>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  step7: Through<G, H>,
  step8: Through<H, I>,
  sink: End<I>,
): Promise<void>
export function chain<A, B, C, D, E, F, G, H, I, J>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  step7: Through<G, H>,
  step8: Through<H, I>,
  step9: Through<I, J>,
  sink: End<J>,
): Promise<void>
export function chain<A, B, C, D, E, F, G, H, I, J, K>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  step7: Through<G, H>,
  step8: Through<H, I>,
  step9: Through<I, J>,
  step10: Through<J, K>,
  sink: End<K>,
): Promise<void>
export function chain<A, B, C, D, E, F, G, H, I, J, K, L>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  step7: Through<G, H>,
  step8: Through<H, I>,
  step9: Through<I, J>,
  step10: Through<J, K>,
  step11: Through<K, L>,
  sink: End<L>,
): Promise<void>
export function chain<A, B, C, D, E, F, G, H, I, J, K, L, M>(
  source: Root<A, object>,
  step1: Through<A, B>,
  step2: Through<B, C>,
  step3: Through<C, D>,
  step4: Through<D, E>,
  step5: Through<E, F>,
  step6: Through<F, G>,
  step7: Through<G, H>,
  step8: Through<H, I>,
  step9: Through<I, J>,
  step10: Through<J, K>,
  step11: Through<K, L>,
  step12: Through<L, M>,
  sink: End<M>,
): Promise<void>
export async function chain(...stages: readonly unknown[]): Promise<void> {
  if (stages.length < 2) throw refused('it takes a source and a sink, with any number of steps between them')
  const infos = stages.map((stage, i) => infoOf(stage, i, stages.length - 1))
  for (const [i, info] of infos.entries()) {
    if (infos.indexOf(info) < i)
      throw refused(`the stage object of '${info.name}' is used a second time; make a new one for each step`, info)
    checkRequired(stages[i], info)
  }
  await pipeline(stages as Readable[])
}

/** The stage at this position, which must be one that can stand there, unused. */
function infoOf(stage: unknown, i: number, last: number): StageInfo {
  const info = stageOf(stage)
  if (!info) throw refused(notAStage(stage, 'chain()'))
  const {name, kind} = info
  if (i === 0 && kind !== 'source') throw refused(`it begins with a source, and ${name} is ${WHAT[kind]}`, info)
  if (i > 0 && kind === 'source')
    throw refused(`${name} is a source and takes no elements; only the first stage is one`, info)
  if (i < last && kind === 'sink')
    throw refused(`${name} is a sink, and nothing can follow it; for several sinks see tee()`, info)
  if (i === last && kind !== 'sink') throw refused(`nothing reads ${name}; end it with a sink, or with discard()`, info)
  if (info.applied) throw refused(`${name} is a step of a Pipeline already; make a new stage`, info)
  const use = useByHand(info)
  if (use)
    throw refused(`${name} ${use} already; give a stage that nothing is connected to, and let chain() connect it`, info)
  return info
}

const WHAT = {source: 'a source', dofn: 'a DoFn', sink: 'a sink'} as const

function checkRequired(stage: unknown, {name}: StageInfo): void {
  const [tag] = unreadTags(stage)
  if (tag !== undefined)
    throw new SluiceError(
      'ERR_SLUICE_TAG',
      `chain: '${name}' sets elements aside on output '${tag}', and nothing reads it; connect stage.tagged('${tag}') to a ` +
        'sink first, or to discard() if these may be lost',
      {stage: name},
    )
}

function refused(message: string, info?: StageInfo): SluiceError {
  return new SluiceError('ERR_SLUICE_GRAPH', `chain: ${message}`, {stage: info?.name})
}
