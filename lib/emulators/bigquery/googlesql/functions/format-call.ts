import {unsupportedSql} from '../../model/errors.ts'
import type {Call} from '../syntax/ast.ts'
import {quoteText, type ScalarKind, showType} from '../syntax/types.ts'
import {textOf} from '../typing/cast.ts'
import {coerce} from '../typing/coercion.ts'
import type {Analyze, Scope} from '../typing/scope.ts'
import {nullOf, type Typed} from '../typing/typed.ts'

const SPECIFIER = /%([-+ 0#']*)([1-9]\d*)?(?:\.(\d+))?([a-zA-Z%])/g
/** The type that each format letter demands. */
const KINDS: Record<string, ScalarKind> = {
  d: 'INT64',
  i: 'INT64',
  x: 'INT64',
  X: 'INT64',
  o: 'INT64',
  f: 'FLOAT64',
  F: 'FLOAT64',
  e: 'FLOAT64',
  E: 'FLOAT64',
  g: 'FLOAT64',
  G: 'FLOAT64',
  s: 'STRING',
}

/** FORMAT with a literal format: the pieces are joined, a NULL makes the whole NULL but for %t, which writes it. */
export function formatCall(scope: Scope, call: Call, analyze: Analyze): Typed {
  const [format, ...rest] = call.args
  if (format?.k !== 'literal' || format.type !== 'STRING')
    throw unsupportedSql('FORMAT without a literal as its first argument')
  const args = rest.map(arg => analyze(arg, scope))
  const pieces: string[] = []
  let at = 0
  let used = 0
  for (const match of format.text.matchAll(SPECIFIER)) {
    pieces.push(quoteText(format.text.slice(at, match.index)))
    at = match.index + match[0].length
    const [all, , , , letter = ''] = match
    if (letter === '%') pieces.push(`'%'`)
    else {
      const arg = args[used++]
      if (!arg) throw scope.error(`Too few arguments for FORMAT with pattern ${JSON.stringify(format.text)}`, call.at)
      pieces.push(piece(scope, all, letter, arg, call))
    }
  }
  if (used < args.length)
    throw scope.error(`Too many arguments for FORMAT with pattern ${JSON.stringify(format.text)}`, call.at)
  pieces.push(quoteText(format.text.slice(at)))
  if (/%/.test(format.text.replace(SPECIFIER, '')))
    throw unsupportedSql(`FORMAT with the pattern ${JSON.stringify(format.text)}`)
  return {sql: `(${pieces.join(' || ')})`, type: {kind: 'STRING'}}
}

function piece(scope: Scope, all: string, letter: string, arg: Typed, call: Call): string {
  if (letter === 't') {
    const text =
      arg.type.kind === 'NULL'
        ? nullOf({kind: 'STRING'})
        : arg.type.kind === 'FLOAT64'
          ? `bq_float_shown(${arg.sql})`
          : textOf(arg)
    if (text === undefined) throw unsupportedSql(`FORMAT %t of ${showType(arg.type)}`)
    return `bq_printf_text(${quoteText(all)}, coalesce(${text}, 'NULL'))`
  }
  const kind = KINDS[letter]
  if (!kind) throw unsupportedSql(`FORMAT with %${letter}`)
  // Digits of a NUMERIC would be lost by way of FLOAT64.
  if (/NUMERIC/.test(arg.type.kind) && kind === 'FLOAT64')
    return `bq_printf_decimal(${quoteText(all)}, CAST(${arg.sql} AS VARCHAR))`
  const value = coerce(arg, {kind})
  if (!value)
    throw scope.error(
      `Invalid type for argument of FORMAT; expected ${kind} for %${letter}, got ${showType(arg.type)}`,
      call.at,
    )
  return `bq_printf_${kind === 'INT64' ? 'int' : kind === 'FLOAT64' ? 'float' : 'text'}(${quoteText(all)}, ${value.sql})`
}
