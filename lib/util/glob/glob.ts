import {type GlobNode, parseGlob} from './glob-parser.ts'

/** How a pattern is parsed; see {@link Glob}. */
export interface GlobOptions {
  /**
   * Whether wildcards match a dot at the beginning of a segment, as for the names of objects. Default: false, as in a
   * shell.
   */
  readonly dots?: boolean
  /**
   * Where `**` crosses `/`: only as a whole segment, as in a shell (the default), or anywhere, as in Cloud Storage's
   * `matchGlob`.
   */
  readonly deep?: 'segment' | 'anywhere'
  /** Throws a SyntaxError for an unclosed `[` or `{` and a trailing backslash, which otherwise stand for themselves. */
  readonly strict?: boolean
}

/**
 * The state of a {@link Glob} within a name: the nodes from which the rest of the name may continue. Without nodes, no name
 * that begins like this can match.
 */
export interface GlobPosition {
  readonly nodes: readonly GlobNode[]
  /** How many of them, from the first, are reached without passing a wildcard. */
  readonly direct: number
  /** Whether the next character begins a segment. */
  readonly atStart: boolean
}

const DOT = 0x2e
const SLASH = 0x2f

/**
 * Matches names against a pattern: `*` and `?` within a segment, `**` across segments, `[a-z]`, `[!a-z]`, `[[:alpha:]]`,
 * `{a,b}`, `{1..10}`, and a backslash before a character that stands for itself.
 *
 * The pattern becomes an automaton whose states are followed side by side, so a match takes at most the length of the
 * name times that of the pattern. Regular expressions take exponential time for some names, and names are data.
 */
export class Glob {
  readonly #start: GlobPosition
  readonly #dots: boolean
  readonly #marks: Float64Array
  #mark = 0

  constructor(pattern: string, {dots = false, deep = 'segment', strict = false}: GlobOptions = {}) {
    const {start, count} = parseGlob(pattern, deep === 'anywhere', strict)
    this.#dots = dots
    this.#marks = new Float64Array(count)
    const nodes: GlobNode[] = []
    const direct = this.#close([start], nodes)
    this.#start = {nodes, direct, atStart: true}
  }

  /** The position before the first character of a name. */
  get start(): GlobPosition {
    return this.#start
  }

  /** True if the whole name matches. */
  matches(name: string): boolean {
    return this.isMatch(this.advance(this.#start, name))
  }

  /** True if the name that led to a position matches. */
  isMatch({nodes}: GlobPosition): boolean {
    return nodes.some(({kind}) => kind === 'end')
  }

  /** Advances from a position by a part of a name. */
  advance(from: GlobPosition, part: string): GlobPosition {
    let {nodes, direct, atStart} = from
    const reached: GlobNode[] = []
    for (let at = 0; at < part.length && nodes.length > 0; at++) {
      const char = part.codePointAt(at)!
      if (char > 0xffff) at++
      // only a dot in the pattern itself matches it: `*.csv` does not match `.csv`
      const hidden = atStart && char === DOT && !this.#dots
      reached.length = 0
      for (let i = 0; i < (hidden ? direct : nodes.length); i++) {
        const node = nodes[i]!
        if (takes(node, char, hidden)) reached.push(node.loops ? node : node.next!)
      }
      const next: GlobNode[] = []
      direct = this.#close(reached, next)
      nodes = next
      atStart = char === SLASH
    }
    return {nodes, direct, atStart}
  }

  /** Collects nodes and those that can be reached from them without a character; returns how many pass no wildcard. */
  #close(reached: readonly GlobNode[], nodes: GlobNode[]): number {
    this.#mark++
    const behind: GlobNode[] = []
    for (const node of reached) this.#enter(node, nodes, behind)
    const direct = nodes.length
    for (let node = behind.pop(); node; node = behind.pop()) this.#enter(node, nodes, behind)
    return direct
  }

  #enter(node: GlobNode, nodes: GlobNode[], behind: GlobNode[]): void {
    if (this.#marks[node.id] === this.#mark) return
    this.#marks[node.id] = this.#mark
    if (node.kind !== 'fork') nodes.push(node)
    if (node.loops) behind.push(node.next!)
    if (node.branches) for (const branch of node.branches) this.#enter(branch, nodes, behind)
  }
}

/** @param hidden the character is a dot that only a dot in the pattern matches */
function takes(node: GlobNode, char: number, hidden: boolean): boolean {
  switch (node.kind) {
    case 'char':
      return node.char === char
    case 'any':
      return char !== SLASH && !hidden
    case 'deep':
      return !hidden
    case 'set':
      return char !== SLASH && !hidden && node.set!(char)
    default:
      return false
  }
}
