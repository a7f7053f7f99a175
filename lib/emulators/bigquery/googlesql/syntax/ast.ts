import type {SqlType} from './types.ts'

/** A place in the statement, for messages. */
interface Node {
  at: number
}

export interface WindowSpec {
  /** A window of the WINDOW clause that this one builds on. */
  base: string | undefined
  partitionBy: Expr[]
  orderBy: OrderItem[]
  frame: Frame | undefined
}

export interface Frame {
  unit: 'ROWS' | 'RANGE'
  start: Bound
  end: Bound | undefined
}

export type Bound =
  | {kind: 'UNBOUNDED PRECEDING' | 'UNBOUNDED FOLLOWING' | 'CURRENT ROW'}
  | {kind: 'PRECEDING' | 'FOLLOWING'; by: Expr}

export interface OrderItem {
  expr: Expr
  desc: boolean
  nulls: 'FIRST' | 'LAST' | undefined
}

export interface Call extends Node {
  k: 'call'
  /** In capitals. */
  name: string
  safe: boolean
  args: Expr[]
  star: boolean
  named: {name: string; value: Expr}[]
  distinct: boolean
  nulls: 'IGNORE' | 'RESPECT' | undefined
  orderBy: OrderItem[]
  limit: Expr | undefined
  over: WindowSpec | undefined
}

export type IndexMode = 'OFFSET' | 'ORDINAL' | 'SAFE_OFFSET' | 'SAFE_ORDINAL' | 'PLAIN'
type LiteralKind = 'INT64' | 'FLOAT64' | 'STRING' | 'BYTES' | 'BOOL' | 'NULL'

/** An expression as it is written. */
export type Expr =
  | (Node & {k: 'literal'; type: LiteralKind; text: string})
  | (Node & {k: 'typed'; type: string; text: string})
  | (Node & {k: 'interval'; value: Expr; part: string; to: string | undefined})
  | (Node & {k: 'path'; names: string[]})
  | (Node & {k: 'field'; base: Expr; name: string})
  | (Node & {k: 'index'; base: Expr; index: Expr; mode: IndexMode})
  | (Node & {k: 'parameter'; key: string | number})
  | (Node & {k: 'unary'; op: string; arg: Expr})
  | (Node & {k: 'binary'; op: string; left: Expr; right: Expr})
  | (Node & {k: 'between'; arg: Expr; low: Expr; high: Expr; not: boolean})
  | (Node & {k: 'in'; arg: Expr; list?: Expr[]; array?: Expr; query?: Query; not: boolean})
  | (Node & {k: 'like'; arg: Expr; patterns: Expr[]; quantifier: 'ANY' | 'ALL' | undefined; not: boolean})
  | (Node & {k: 'is'; arg: Expr; what: 'NULL' | 'TRUE' | 'FALSE'; not: boolean})
  | (Node & {k: 'distinctFrom'; left: Expr; right: Expr; not: boolean})
  | (Node & {k: 'case'; subject: Expr | undefined; whens: {when: Expr; then: Expr}[]; otherwise: Expr | undefined})
  | (Node & {k: 'cast'; safe: boolean; arg: Expr; type: SqlType; zone: Expr | undefined})
  | (Node & {k: 'extract'; part: Expr; from: Expr; zone: Expr | undefined})
  | (Node & {k: 'array'; element: SqlType | undefined; items: Expr[]})
  | (Node & {k: 'struct'; fields: {name: string; value: Expr}[]; type: SqlType | undefined})
  | (Node & {k: 'query'; use: 'SCALAR' | 'ARRAY' | 'EXISTS'; query: Query})
  | Call

export type SelectItem =
  | (Node & {k: 'star'; base: Expr | undefined; except: string[]; replace: {name: string; expr: Expr}[]})
  | (Node & {k: 'expr'; expr: Expr; alias: string | undefined})

export interface GroupBy {
  kind: 'LIST' | 'ALL' | 'ROLLUP' | 'CUBE'
  items: Expr[]
}

export interface Select extends Node {
  k: 'select'
  distinct: boolean
  as: 'STRUCT' | 'VALUE' | undefined
  items: SelectItem[]
  from: From | undefined
  where: Expr | undefined
  groupBy: GroupBy | undefined
  having: Expr | undefined
  qualify: Expr | undefined
  windows: {name: string; spec: WindowSpec}[]
}

export type Body =
  | Select
  | (Node & {k: 'set'; op: string; left: Body; right: Body})
  | (Node & {k: 'query'; query: Query})
  | (Node & {k: 'values'; rows: Expr[][]})

export interface Query extends Node {
  recursive: boolean
  ctes: {name: string; query: Query; at: number}[]
  body: Body
  orderBy: OrderItem[]
  limit: Expr | undefined
  offset: Expr | undefined
}

export type From =
  | (Node & {k: 'table'; parts: string[]; alias: string | undefined})
  | (Node & {k: 'subquery'; query: Query; alias: string | undefined; columns: string[]})
  | (Node & {k: 'unnest'; expr: Expr; alias: string | undefined; offset: string | undefined})
  | (Node & {k: 'range'; args: Expr[]; alias: string | undefined; columns: string[]})
  | (Node & {k: 'join'; type: string; left: From; right: From; on: Expr | undefined; using: string[]})

export interface Assignment {
  path: string[]
  /** `undefined` for DEFAULT. */
  value: Expr | undefined
  at: number
}

export interface InsertRow {
  columns: string[] | undefined
  /** `undefined` in a row is DEFAULT. */
  rows: (Expr | undefined)[][]
}

export interface MergeClause {
  matched: 'MATCHED' | 'NOT MATCHED BY TARGET' | 'NOT MATCHED BY SOURCE'
  condition: Expr | undefined
  action: {k: 'update'; set: Assignment[]} | {k: 'delete'} | {k: 'insertRow'} | ({k: 'insert'} & InsertRow)
  at: number
}

export interface Target extends Node {
  parts: string[]
  alias: string | undefined
}

/** A statement that reads or changes rows. */
export type Statement =
  | {k: 'query'; query: Query}
  | {
      k: 'insert'
      target: Target
      columns: string[] | undefined
      rows: (Expr | undefined)[][] | undefined
      query: Query | undefined
    }
  | {k: 'update'; target: Target; set: Assignment[]; from: From | undefined; where: Expr}
  | {k: 'delete'; target: Target; where: Expr}
  | {k: 'truncate'; target: Target}
  | {k: 'merge'; target: Target; source: From; on: Expr; clauses: MergeClause[]}
