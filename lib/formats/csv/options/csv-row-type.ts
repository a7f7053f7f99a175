import type {FieldTypeName, FieldValue} from '../../types/field-types.ts'
import type {CsvCastContext, CsvCastName} from './csv-cast.ts'

/** Casts by column, from which the type of the rows follows. */
export type CsvCastsByColumn = {
  readonly [column: string]: CsvCastName | ((text: string, context: CsvCastContext) => unknown) | undefined
}

/** Rows with the columns `Name` and `Optional`; the latter may be null. */
export type CsvRowOf<Name extends string, Optional extends string, Cast> = string extends Name | Optional
  ? Record<string, {} extends Cast ? string : unknown>
  : {[Column in Name | Optional]: CastValue<Cast, Column> | (Column extends Optional ? null : never)}

type CastValue<Cast, Column extends string> = Cast extends true
  ? string | number
  : Cast extends (...args: never[]) => infer Value
    ? Value
    : Column extends keyof Cast
      ? Cast[Column] extends string
        ? FieldValue<Cast[Column]>
        : Cast[Column] extends (...args: never[]) => infer Value
          ? Value
          : string
      : string

/** The forms of `schema`. */
export type CsvSchemaInput = string | {readonly [column: string]: CsvCastName}

/** The types of columns by name. */
type CsvSchemaTypes<Schema extends CsvSchemaInput> = Schema extends string ? Pairs<Schema> : Schema

type Pairs<Text extends string, Found = {}> = Text extends `${infer Pair},${infer Rest}`
  ? Pairs<Rest, Found & PairOf<Pair>>
  : Found & PairOf<Text>
type PairOf<Text extends string> = Text extends `${infer Name}:${infer Type}`
  ? {[Column in Trim<Name>]: Trim<Type>}
  : {}
type Trim<Text extends string> = Text extends
  | ` ${infer Rest}`
  | `${infer Rest} `
  | `\n${infer Rest}`
  | `${infer Rest}\n`
  ? Trim<Rest>
  : Text

/** The type of a schema that names something other than types: such an option has type never. */
export type CsvBadSchema<Schema extends CsvSchemaInput> = Schema extends string
  ? string extends Schema
    ? unknown
    : Uppercase<PairTypes<CsvSchemaTypes<Schema>>> extends Uppercase<FieldTypeName>
      ? unknown
      : never
  : unknown
type PairTypes<Types> = Types[keyof Types] & string

/** Rows of a schema; columns in `Optional` may be null. */
export type CsvSchemaRow<Schema extends CsvSchemaInput, Optional extends string> = string extends Schema
  ? Record<string, unknown>
  : CsvRowOf<keyof CsvSchemaTypes<Schema> & string, Optional, CsvSchemaTypes<Schema>>

/** Options whose type does not determine the columns; never for those that do, and for unknown names. */
export type CsvDynamic<Options, Known> = Options extends {columns: readonly unknown[]} | {schema: {}}
  ? never
  : {readonly [Name in Exclude<keyof Options, keyof Known | 'withPosition'>]: never}
