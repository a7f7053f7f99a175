import {unsupportedSql} from '../../model/errors.ts'
import {fieldName, quoteText} from '../syntax/types.ts'
import {textOf} from '../typing/cast.ts'
import type {Scope} from '../typing/scope.ts'
import type {Typed} from '../typing/typed.ts'

/** The value as JSON text, as TO_JSON_STRING gives it. */
export function jsonText(value: Typed, scope: Scope): string {
  return `coalesce(${notNullText(value, scope)}, 'null')`
}

function notNullText(value: Typed, scope: Scope): string {
  const {sql, type} = value
  switch (type.kind) {
    case 'NULL':
      return `'null'`
    case 'JSON':
      return `CAST(${sql} AS VARCHAR)`
    case 'BOOL':
      return `CAST(${sql} AS VARCHAR)`
    // A number that a double cannot hold becomes a string, so that JavaScript reads it right.
    case 'INT64':
      return `CASE WHEN ${sql} BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(${sql} AS VARCHAR) ELSE '"' || CAST(${sql} AS VARCHAR) || '"' END`
    case 'FLOAT64':
      return `bq_json_float(${sql})`
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return `bq_json_decimal(CAST(${sql} AS VARCHAR))`
    case 'BYTES':
      return `'"' || to_base64(${sql}) || '"'`
    case 'DATETIME':
      return `'"' || replace(bq_datetime_text(epoch_us(${sql})), ' ', 'T') || '"'`
    case 'TIMESTAMP':
      return `'"' || regexp_replace(replace(bq_timestamp_text(epoch_us(${sql}), 'UTC'), ' ', 'T'), '\\+00$', 'Z') || '"'`
    case 'ARRAY': {
      const element = `~e${++scope.t.counter}`
      const text = jsonText({sql: `"${element}"`, type: type.element}, scope)
      // A NULL array is an empty one in a result, and null here.
      return `'[' || array_to_string(list_transform(${sql}, lambda "${element}": ${text}), ',') || ']'`
    }
    case 'STRUCT': {
      const fields = type.fields.map((field, i) => {
        const part = {sql: `struct_extract(${sql}, ${quoteText(fieldName(field, i))})`, type: field.type}
        return `${quoteText(`${JSON.stringify(field.name)}:`)} || ${jsonText(part, scope)}`
      })
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE '{' || ${fields.join(` || ',' || `) || "''"} || '}' END`
    }
    default: {
      const text = textOf(value)
      if (text === undefined) throw unsupportedSql(`JSON of a value of type ${type.kind}`)
      return `bq_json_string(${text})`
    }
  }
}
