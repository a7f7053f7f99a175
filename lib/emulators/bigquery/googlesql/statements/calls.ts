import {unsupportedSql} from '../../model/errors.ts'
import {aggregateCall} from '../functions/functions-aggregate.ts'
import {SCALAR_FUNCTIONS} from '../functions/functions-scalar.ts'
import {literalTime, SPECIAL_FUNCTIONS} from '../functions/functions-special.ts'
import {TIME_FUNCTIONS} from '../functions/functions-time-table.ts'
import {applySignature} from '../functions/signatures.ts'
import type {Call} from '../syntax/ast.ts'
import type {Analyze, Scope} from '../typing/scope.ts'
import {showTypes, type Typed} from '../typing/typed.ts'

const OF_DOUBLES = new Set(['SQRT', 'CBRT', 'POW', 'POWER', 'EXP', 'LN', 'LOG', 'LOG10'])

/** The call of a function without arguments. */
export function callOf(name: string, at: Call['at']): Call {
  return {
    k: 'call',
    name,
    at,
    safe: false,
    args: [],
    star: false,
    named: [],
    distinct: false,
    nulls: undefined,
    orderBy: [],
    limit: undefined,
    over: undefined,
  }
}

/** Translates the call of a function, whose arguments `analyze` translates. */
export function call(expr: Call, scope: Scope, analyze: Analyze): Typed {
  const {name} = expr
  const aggregate = aggregateCall(scope, expr, analyze)
  if (aggregate) return aggregate
  if (expr.over && isKnown(name)) throw scope.error(`Function ${name} does not support an OVER clause`, expr.at)
  if (!isKnown(name)) throw unsupportedSql(`the function ${name} (docs/local-cloud.md lists those that are)`)
  if (expr.distinct || expr.star || expr.nulls || expr.orderBy.length > 0 || expr.limit)
    throw scope.error(`Function ${name} takes no DISTINCT, *, ORDER BY, LIMIT or NULLS`, expr.at)
  const typed = literalTime(scope, expr, analyze) ?? plainCall(expr, scope, analyze)
  return expr.safe ? {sql: `TRY(${typed.sql})`, type: typed.type} : typed
}

function plainCall(expr: Call, scope: Scope, analyze: Analyze): Typed {
  const {name} = expr
  const special = specialNamed(name)
  if (special) return special(scope, expr, analyze)
  const signatures = signaturesOf(name)
  if (expr.named.length > 0) throw unsupportedSql(`a named argument of ${name}`)
  const args = expr.args.map(arg => analyze(arg, scope))
  // These are NUMERIC in production for a NUMERIC, with digits that a double cannot hold.
  if (OF_DOUBLES.has(name) && args.some(arg => /NUMERIC$/.test(arg.type.kind)))
    throw unsupportedSql(`${name} of ${showTypes(args)} (CAST it to FLOAT64)`)
  const typed = applySignature(signatures, args)
  // The tables lack some of production's signatures: whether they have any for this name tells a mistake of the user from a gap here.
  if (!typed) {
    const known = signatures.map(({text}) => name + text).join(', ')
    const given = `No matching signature for function ${name} for argument types: ${showTypes(args)}`
    throw scope.error(`${given}; the local emulator knows ${known}`, expr.at)
  }
  return typed
}

function isKnown(name: string): boolean {
  return specialNamed(name) !== undefined || signaturesOf(name).length > 0
}

function specialNamed(name: string) {
  return Object.hasOwn(SPECIAL_FUNCTIONS, name) ? SPECIAL_FUNCTIONS[name] : undefined
}

function signaturesOf(name: string) {
  return [...(TIME_FUNCTIONS.get(name) ?? []), ...(SCALAR_FUNCTIONS.get(name) ?? [])]
}
