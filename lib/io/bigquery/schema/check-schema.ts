import type {TableField} from './schema-types.ts'

/**
 * Where the job's schema does not fit the table: columns that the table lacks or has with another type or mode, and columns
 * that it requires and the job lacks. Each is a sentence for people.
 */
export function schemaProblems(
  job: readonly TableField[],
  table: readonly TableField[],
  ignoreUnknown: boolean,
  path = '',
): string[] {
  const problems: string[] = []
  const find = (fields: readonly TableField[], name: string) =>
    fields.find(field => field.name.toLowerCase() === name.toLowerCase())
  for (const field of job) {
    const name = `${path}${field.name}`
    const column = find(table, field.name)
    if (!column) {
      if (!ignoreUnknown) problems.push(`the table has no column \`${name}\``)
      continue
    }
    if (column.type !== field.type)
      problems.push(`\`${name}\` is ${column.type} in the table and ${field.type} in the job`)
    else if ((column.mode === 'REPEATED') !== (field.mode === 'REPEATED'))
      problems.push(`\`${name}\` is ${column.mode} in the table and ${field.mode} in the job`)
    else problems.push(...schemaProblems(field.fields ?? [], column.fields ?? [], ignoreUnknown, `${name}.`))
  }
  for (const column of table)
    if (column.mode === 'REQUIRED' && column.defaultValueExpression === undefined && !find(job, column.name))
      problems.push(`the table requires \`${path}${column.name}\`, which the job does not have`)
  return problems
}
