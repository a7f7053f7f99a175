import {distance, show} from '../../../errors/index.ts'

/** Longer names, and headers of more columns, are not searched for the nearest name, which would take long. */
const MAX_NAME = 100
const MAX_COLUMNS = 2000

/** The error text for a header that lacks requested columns, with the most likely reason. */
export function missingColumns(missing: readonly string[], header: readonly string[], delimiter: string): string {
  const [first, ...others] = missing
  const which =
    others.length === 0
      ? `the header has no column ${show(first)}`
      : `the header lacks ${missing.length} columns, ${show(missing)}`
  return `${which}; it has ${show(header)}${hint(missing, header, delimiter)}`
}

function hint(missing: readonly string[], header: readonly string[], delimiter: string): string {
  const [only = ''] = header
  const other =
    header.length > 1 ? undefined : [';', ',', '\t', '|'].find(c => !delimiter.includes(c) && only.includes(c))
  if (other !== undefined)
    return `. It is one field, which contains ${show(other)}: if that separates the fields, set \`delimiter: ${show(other)}\``
  const near = missing.slice(0, 5).flatMap(name => {
    const found = nearest(name, header)
    return found === undefined ? [] : [`${show(found)} for ${show(name)}`]
  })
  const advice = '. Correct the name, or name a column that files need not have in `optionalColumns`'
  return near.length === 0 ? advice : `. Did you mean ${near.join(', ')}? Names must match exactly${advice}`
}

function nearest(name: string, header: readonly string[]): string | undefined {
  const plain = plainName(name)
  const same = header.find(other => plainName(other) === plain)
  if (same !== undefined || name.length > MAX_NAME || header.length > MAX_COLUMNS) return same
  const most = Math.min(2, Math.floor(name.length / 3))
  return header.find(
    other => Math.abs(other.length - name.length) <= most && distance(other.toLowerCase(), name.toLowerCase()) <= most,
  )
}

/** A name without easily overlooked differences: case, blanks, quotes, invisible characters, variants of a letter. */
function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s"'`_\-\p{Cf}]/gu, '')
}
