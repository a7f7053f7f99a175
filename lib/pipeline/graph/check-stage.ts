import type {Duplex, Readable, Writable} from 'node:stream'
import {isCollection, type JoinStage, type StageInfo, stageOf} from '../../core/index.ts'
import {show} from '../../errors/index.ts'
import {graphError} from './graph-error.ts'

/** A stage made of collections, which the pipeline connects one by one; undefined for any other. */
export function joinOf(stage: unknown): JoinStage | undefined {
  const {inputs, connect} = (stage ?? {}) as Partial<JoinStage>
  const joins = Array.isArray(inputs) && inputs.some(isCollection) && typeof connect === 'function'
  return joins ? (stage as JoinStage) : undefined
}

/** The stage that was given to apply(); throws unless it is an unused stage that fits this place. */
export function checkStage(pipeline: string, given: unknown, place: 'first' | 'after'): StageInfo {
  const info = stageOf(given)
  if (!info) throw graphError(pipeline, notAStage(given, 'apply()'))
  if (info.applied)
    throw graphError(
      pipeline,
      `the stage object of step '${info.name}' is used a second time; make a new one for each step`,
      info.name,
    )
  checkPlace(pipeline, info, place, joinOf(given) !== undefined)
  checkUntouched(pipeline, info)
  return info
}

function checkPlace(pipeline: string, info: StageInfo, place: 'first' | 'after', join: boolean): void {
  const {name, kind} = info
  const begins = kind === 'source' || join
  if (place === 'first' && !begins) {
    const what = kind === 'sink' ? 'a sink' : 'a DoFn'
    throw graphError(
      pipeline,
      `${name} is ${what} and needs an input; begin with a source, then collection.apply('${name}', …)`,
      name,
    )
  }
  if (place === 'after' && begins)
    throw graphError(
      pipeline,
      `${name} has inputs of its own and cannot take a collection's elements; apply it to the pipeline: p.apply('${name}', …)`,
      name,
    )
}

/** Throws for a stage that was connected, read, written or destroyed outside the pipeline. */
export function checkUntouched(pipeline: string, info: StageInfo): void {
  const use = useByHand(info)
  if (!use) return
  throw graphError(
    pipeline,
    `${info.name} ${use} outside the pipeline; give a stage that nothing is connected to, and let apply() connect it`,
    info.name,
  )
}

/** How a stage was already used outside the pipeline; undefined if it was not. */
export function useByHand(info: StageInfo): string | undefined {
  const stream = info.stream as Duplex
  if (stream.destroyed) return 'was destroyed'
  if (info.kind !== 'source') {
    const taken = stream.writableEnded || stream.writableLength > 0
    if (taken) return 'was written to'
    if ((info.upstream.size > 0 && !joinOf(stream)) || pipedInto(stream)) return 'is being piped into'
  }
  if (info.kind === 'sink') return undefined
  for (const next of info.downstream) if (next.owner !== info) return `is piped into ${next.name}`
  const read = (stream as Readable).readableFlowing !== null || info.foreign.size > 0
  return read ? 'is being read' : undefined
}

/** Node keeps no list of what pipes into a stream, but each pipe listens for its own end. */
function pipedInto(stream: Writable): boolean {
  return stream.listeners('unpipe').some(listener => listener.name === 'onunpipe')
}

/** Why the argument of `call` is not a stage, and what to give instead. */
export function notAStage(given: unknown, call: 'apply()' | 'chain()'): string {
  if (given === undefined)
    return call === 'apply()'
      ? "apply() was given no stage; write apply('Name', stage)"
      : 'one of its stages is undefined'
  if (isCollection(given))
    return call === 'apply()'
      ? 'apply() takes a stage, not a collection; to join collections, apply flatten(a, b)'
      : 'it takes stages, not a collection of a Pipeline; apply the steps to the collection'
  if (typeof given === 'function')
    return `${call} takes a stage, not ${show(given)}; give an instance (new X()), or wrap a function: map(fn), parDo(fn)`
  if (typeof given === 'object' && given !== null && 'pipe' in given)
    return (
      `${call} was given a stream that is not a sluice stage (${given.constructor.name}). Wrap it: create(readable) to ` +
      'read one, track(transform) for a Transform with one output an element; or use stream.pipeline'
    )
  return `${call} takes a source, a DoFn or a sink, not ${show(given)}`
}
