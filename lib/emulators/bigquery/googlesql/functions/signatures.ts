import {type SqlType, scalarNamed} from '../syntax/types.ts'
import {castTo} from '../typing/cast.ts'
import {coerce, distance, superType} from '../typing/coercion.ts'
import type {Typed} from '../typing/typed.ts'

/** A parameter of a function: a type, a variable for one (`T`), an array of either, or anything that has a text. */
type Parameter = {kind: 'type'; type: SqlType} | {kind: 'T'} | {kind: 'ARRAY<T>'} | {kind: 'ANY'} | {kind: 'TEXT'}

interface Signature {
  /** The parameters as the table has them. */
  text: string
  parameters: readonly Parameter[]
  /** How many of them must be given. */
  required: number
  /** The last parameter may come more often. */
  variadic: boolean
  returns: Parameter
  /** DuckDB's SQL, with `$1`, `$2`, … and, for all arguments of a variadic function, `$*`. */
  template: string
}

/** Signatures by the function's name. */
export type Signatures = Map<string, Signature[]>

/**
 * Reads a table of functions, one signature a line: `NAME(TYPE, TYPE[, TYPE]) TYPE = template`. `[` begins what may be
 * left out, `...` what may be repeated, `T` is any type (one for all), TEXT what CAST makes a STRING of.
 */
export function readSignatures(table: string): Signatures {
  const functions: Signatures = new Map()
  for (const line of table.split('\n').filter(text => text.trim())) {
    const [, names = '', given = '', returns = '', template = ''] =
      /^\s*([\w.|]+)\((.*?)\) (\S+) = (.*)$/.exec(line) ?? []
    const required =
      given
        .split('[')[0]
        ?.split(',')
        .filter(text => text.trim()).length ?? 0
    const parameters = given
      .split(/[[\],]+/)
      .map(text => text.trim())
      .filter(Boolean)
    const signature: Signature = {
      text: `(${given})`,
      parameters: parameters.map(text => parameter(text.replace('...', ''))),
      required,
      variadic: given.includes('...'),
      returns: parameter(returns),
      template,
    }
    for (const name of names.split('|')) functions.set(name, [...(functions.get(name) ?? []), signature])
  }
  return functions
}

/** What becomes of a marked call `<f(arguments)>` in a template. */
type WrapCall = (name: string, inner: string) => string

/** Picks the signature that the arguments fit best, and fills its template; `undefined` when they fit none. */
export function applySignature(
  signatures: readonly Signature[],
  args: readonly Typed[],
  wrap: WrapCall = (name, inner) => `${name}(${inner})`,
): Typed | undefined {
  let best: {signature: Signature; types: SqlType[]; cost: number; t: SqlType | undefined} | undefined
  for (const signature of signatures) {
    const fit = fitOf(signature, args)
    if (fit && (!best || fit.cost < best.cost)) best = {signature, ...fit}
  }
  if (!best) return undefined
  const {signature, types, t} = best
  const values = args.map((arg, i) => {
    const isText = parameterAt(signature, i)?.kind === 'TEXT'
    return ((isText ? castTo(arg, types[i] as SqlType) : coerce(arg, types[i] as SqlType)) as Typed).sql
  })
  return {sql: `(${fill(signature.template, values, wrap)})`, type: typeOf(signature.returns, t ?? {kind: 'INT64'})}
}

/** One pass over the template only: what the arguments say is never looked at. */
function fill(template: string, values: readonly string[], wrap: WrapCall): string {
  return template.replace(/<(\w+)\((.*?)\)>|\$([*|\d])/g, (_, name, inner, which) => {
    if (name) return wrap(name, fill(inner, values, wrap))
    if (which === '*') return values.join(', ')
    return which === '|' ? values.join(' || ') : (values[Number(which) - 1] ?? 'NULL')
  })
}

function parameterAt(signature: Signature, i: number): Parameter | undefined {
  return signature.parameters[i] ?? (signature.variadic ? signature.parameters.at(-1) : undefined)
}

function fitOf(signature: Signature, args: readonly Typed[]) {
  const {parameters, required, variadic} = signature
  if (args.length < required || (!variadic && args.length > parameters.length)) return undefined
  const t = variableType(signature, args)
  if (t === 'none') return undefined
  let cost = 0
  const types: SqlType[] = []
  for (const [i, arg] of args.entries()) {
    const wanted = parameterAt(signature, i) as Parameter
    const type =
      wanted.kind === 'ANY' ? arg.type : wanted.kind === 'TEXT' ? textType(arg) : typeOf(wanted, t ?? {kind: 'INT64'})
    const far =
      type &&
      (wanted.kind === 'TEXT' ? (arg.type.kind === 'STRING' || arg.type.kind === 'NULL' ? 0 : 1) : distance(arg, type))
    if (!type || far === undefined) return undefined
    cost += far
    types.push(type)
  }
  return {types, cost, t}
}

function textType(arg: Typed): SqlType | undefined {
  const type: SqlType = {kind: 'STRING'}
  return arg.type.kind !== 'BYTES' && castTo(arg, type) ? type : undefined
}

function variableType(signature: Signature, args: readonly Typed[]): SqlType | undefined | 'none' {
  const voters: Typed[] = []
  for (const [i, arg] of args.entries()) {
    const {kind} = parameterAt(signature, i) as Parameter
    if (kind === 'T') voters.push(arg)
    if (kind === 'ARRAY<T>') {
      if (arg.type.kind === 'NULL') continue
      if (arg.type.kind !== 'ARRAY') return 'none'
      if (arg.parts?.length !== 0)
        voters.push({...arg, type: arg.type.element, literal: arg.parts ? 'LITERAL' : undefined} as Typed)
    }
  }
  if (voters.length === 0) return undefined
  const type = superType(voters.map(({text, parts, ...voter}) => ({...voter, ...(text !== undefined && {text})})))
  return type ?? 'none'
}

function typeOf(parameter: Parameter, t: SqlType): SqlType {
  if (parameter.kind === 'type') return parameter.type
  return parameter.kind === 'ARRAY<T>' ? {kind: 'ARRAY', element: t} : t
}

function parameter(text: string): Parameter {
  if (text === 'T' || text === 'ARRAY<T>' || text === 'ANY' || text === 'TEXT') return {kind: text}
  const array = /^ARRAY<(\w+)>$/.exec(text)
  const type = scalarNamed(array?.[1] ?? text)
  if (!type) throw new Error(`no such type: ${text}`)
  return {kind: 'type', type: array ? {kind: 'ARRAY', element: type} : type}
}
