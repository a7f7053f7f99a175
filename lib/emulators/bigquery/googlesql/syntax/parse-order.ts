import type {OrderItem} from './ast.ts'
import type {Cursor} from './cursor.ts'

/** Reads what follows ORDER BY. */
export function parseOrderItems(c: Cursor): OrderItem[] {
  return c.list(() => {
    const expr = c.expr()
    if (c.sees('COLLATE')) throw c.unsupported('COLLATE')
    const desc = c.accept('DESC')
    if (!desc) c.accept('ASC')
    const nulls = c.accept('NULLS', 'FIRST') ? 'FIRST' : c.accept('NULLS', 'LAST') ? 'LAST' : undefined
    return {expr, desc, nulls}
  })
}
