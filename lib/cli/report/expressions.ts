import type {Frame} from '../../errors/index.ts'

/** What was compiled of the command line, by the name that stack traces have for it. */
const expressions = new Map<string, string>()

/** Longest piece of an expression that is shown. */
const SHOWN = 80

/** Notes an expression; returns what its script is to be called. */
export function nameExpression(kind: string, code: string): string {
  const name = newName(`--${kind}`)
  expressions.set(name, code)
  return name
}

/** As steps are named: `--map`, `--map 2`. */
function newName(base: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base} ${n}`
    if (!expressions.has(name)) return name
  }
}

/** The line of the command line that a frame is in, cut around its column; undefined for a frame of a file. */
export function expressionAt({file, line, column}: Frame): string | undefined {
  const text = expressions.get(file)?.split('\n')[line - 1]?.trimEnd()
  if (text === undefined || text.length <= SHOWN) return text
  const from = Math.max(0, Math.min(column - SHOWN / 2, text.length - SHOWN))
  return `${from > 0 ? '…' : ''}${text.slice(from, from + SHOWN)}${from + SHOWN < text.length ? '…' : ''}`
}
