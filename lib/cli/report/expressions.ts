import type {Frame} from '../../errors/index.ts'

/** Expressions of the command line, by the name under which they appear in stack traces. */
const expressions = new Map<string, string>()

/** Longest piece of an expression that is shown. */
const SHOWN = 80

/** Registers an expression; returns the name for its script. */
export function nameExpression(kind: string, code: string): string {
  const name = newName(`--${kind}`)
  expressions.set(name, code)
  return name
}

/** Named as steps are: `--map`, `--map 2`. */
function newName(base: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base} ${n}`
    if (!expressions.has(name)) return name
  }
}

/** The command-line expression that a frame points into, cut around its column; undefined for a frame in a file. */
export function expressionAt({file, line, column}: Frame): string | undefined {
  const text = expressions.get(file)?.split('\n')[line - 1]?.trimEnd()
  if (text === undefined || text.length <= SHOWN) return text
  const from = Math.max(0, Math.min(column - SHOWN / 2, text.length - SHOWN))
  return `${from > 0 ? '…' : ''}${text.slice(from, from + SHOWN)}${from + SHOWN < text.length ? '…' : ''}`
}
