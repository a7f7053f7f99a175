import type {Bound, Call, Expr, Frame, WindowSpec} from './ast.ts'
import type {Cursor} from './cursor.ts'
import {parseOrderItems} from './parse-order.ts'

/** Reads the arguments of a call, from its parenthesis on. */
export function parseCall(c: Cursor, names: readonly string[]): Call {
  const at = c.at
  const safe = names.length > 1 && names[0]?.toUpperCase() === 'SAFE'
  const name = (safe ? names.slice(1) : names).join('.').toUpperCase()
  const call: Call = {
    k: 'call',
    name,
    safe,
    at,
    args: [],
    named: [],
    star: false,
    distinct: false,
    nulls: undefined,
    orderBy: [],
    limit: undefined,
    over: undefined,
  }
  c.expect('(')
  if (!c.accept(')')) {
    callBody(c, call)
    c.expect(')')
  }
  if (c.accept('OVER')) call.over = c.sees('(') ? parseWindow(c) : {...noWindow(), base: c.name('the name of a window')}
  return call
}

function callBody(c: Cursor, call: Call): void {
  call.distinct = c.accept('DISTINCT')
  if (c.accept('*')) call.star = true
  else {
    c.list(() => {
      if (c.seesName && c.peek(1).text === '=>') {
        const name = c.next().upper
        c.next()
        call.named.push({name, value: c.expr()})
        return
      }
      if (c.sees('SELECT') || c.sees('WITH'))
        throw c.error(`A query as an argument needs parentheses of its own; unexpected ${c.shown}`)
      const arg = c.expr()
      if (c.sees('->')) throw c.unsupported('a lambda')
      call.args.push(arg)
    })
  }
  if (c.accept('IGNORE', 'NULLS')) call.nulls = 'IGNORE'
  else if (c.accept('RESPECT', 'NULLS')) call.nulls = 'RESPECT'
  if (c.sees('HAVING')) throw c.unsupported('HAVING inside of an aggregate (use MAX_BY or MIN_BY)')
  if (c.accept('ORDER', 'BY')) call.orderBy = parseOrderItems(c)
  if (c.accept('LIMIT')) call.limit = c.expr()
}

function noWindow(): WindowSpec {
  return {base: undefined, partitionBy: [], orderBy: [], frame: undefined}
}

/** Reads `([name] [PARTITION BY …] [ORDER BY …] [frame])`. */
export function parseWindow(c: Cursor): WindowSpec {
  return c.parenthesized(() => {
    const spec = noWindow()
    if (c.seesName && !c.sees('PARTITION')) spec.base = c.name()
    if (c.accept('PARTITION', 'BY')) spec.partitionBy = c.list(() => c.expr())
    if (c.accept('ORDER', 'BY')) spec.orderBy = parseOrderItems(c)
    if (c.sees('ROWS') || c.sees('RANGE')) spec.frame = frame(c)
    return spec
  })
}

function frame(c: Cursor): Frame {
  const unit = c.next().upper as Frame['unit']
  if (!c.accept('BETWEEN')) return {unit, start: bound(c), end: undefined}
  const start = bound(c)
  c.expect('AND')
  return {unit, start, end: bound(c)}
}

function bound(c: Cursor): Bound {
  if (c.accept('CURRENT', 'ROW')) return {kind: 'CURRENT ROW'}
  if (c.accept('UNBOUNDED', 'PRECEDING')) return {kind: 'UNBOUNDED PRECEDING'}
  if (c.accept('UNBOUNDED', 'FOLLOWING')) return {kind: 'UNBOUNDED FOLLOWING'}
  const by: Expr = c.expr()
  if (c.accept('PRECEDING')) return {kind: 'PRECEDING', by}
  c.expect('FOLLOWING')
  return {kind: 'FOLLOWING', by}
}
