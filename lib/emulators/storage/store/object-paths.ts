/**
 * How an object's name becomes a path below its bucket's folder. Ordinary names are their own path. What a file system
 * cannot hold, or would take as a step out of the folder, is escaped with `%`; a `%` itself is `%25`:
 * `.` `..` → `%2E` `%2E%2E`; an empty part → `%empty`; control characters and `\ : * ? " < > |` stay readable as `%XX`;
 * parts longer than {@link PART_BYTES} go on in a folder whose name ends in `%more`.
 */
export function toPath(name: string): string[] {
  return name.split('/').flatMap(part => cut(escapePart(part)))
}

/** The object's name of a path below the bucket's folder; a file that was dropped in by hand keeps its literal name. */
export function toName(path: readonly string[]): string {
  const plain = path.at(-1) === SELF ? path.slice(0, -1) : path
  const parts: string[] = []
  let pending = ''
  for (const step of plain) {
    if (step.endsWith(MORE)) {
      pending += step.slice(0, -MORE.length)
      continue
    }
    parts.push(pending + step)
    pending = ''
  }
  if (pending) parts.push(pending + MORE)
  const name = parts.map(unescapePart).join('/')
  // No object is called `.` or `..`, so a file `%2E` was put there by hand.
  return samePath(toPath(name), plain) && name !== '.' && name !== '..' ? name : path.join('/')
}

/** The path at which a file of this name lies if a person put it there, if that differs from {@link toPath} and is safe. */
export function toLiteralPath(name: string): string[] | undefined {
  const path = name.split('/')
  const isSafe = path.every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
  return isSafe && !samePath(path, toPath(name)) && toName(path) === name ? path : undefined
}

/** The file, inside a folder of its name, of an object `a` that exists beside objects `a/…`. */
export const SELF = '%self'

const MORE = '%more'
const EMPTY = '%empty'
/** File systems allow 255 bytes; the rest is room for {@link MORE}. */
const PART_BYTES = 200

function escapePart(part: string): string {
  if (part === '') return EMPTY
  if (part === '.' || part === '..') return part.replaceAll('.', '%2E')
  return part.replace(/[%\\:*?"<>|\0-\x1f\x7f]/g, hex)
}

function hex(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function unescapePart(part: string): string {
  if (part === EMPTY) return ''
  return part.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** Cuts a long part between characters, never inside an escape. */
function cut(part: string): string[] {
  if (Buffer.byteLength(part) <= PART_BYTES) return [part]
  const steps: string[] = []
  let step = ''
  let bytes = 0
  for (const unit of part.match(/%[0-9A-F]{2}|./gsu) ?? []) {
    const size = Buffer.byteLength(unit)
    if (bytes + size > PART_BYTES) {
      steps.push(step + MORE)
      step = ''
      bytes = 0
    }
    step += unit
    bytes += size
  }
  return [...steps, step]
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((step, at) => step === b[at])
}
