import {braceRange, GLOB_CLASSES} from './glob-sets.ts'

/** A state of the automaton of a pattern. */
export interface GlobNode {
  readonly id: number
  /**
   * `char`: takes `char`. `any`: any character but `/`. `deep`: any character. `set`: one for which `set` is true. `fork`:
   * takes none, and continues at each of `branches`. `end`: the name matches if it ends here.
   */
  kind: 'char' | 'any' | 'deep' | 'set' | 'fork' | 'end'
  char?: number
  set?: (char: number) => boolean
  /** Takes any number of characters, including none. */
  loops?: boolean
  next?: GlobNode
  branches?: GlobNode[]
}

/** Parses a pattern; `start` is the first of `count` nodes. */
export function parseGlob(pattern: string, deepAnywhere: boolean, strict: boolean): {start: GlobNode; count: number} {
  const parser = new GlobParser(pattern, deepAnywhere, strict)
  return {start: parser.parse(), count: parser.count}
}

/** A chain of nodes under construction: the first node, and those whose `next` is still to be set. */
interface Chain {
  start: GlobNode
  open: GlobNode[]
}

class GlobParser {
  count = 0
  readonly #chars: string[]
  readonly #deepAnywhere: boolean
  readonly #strict: boolean
  #at = 0

  constructor(pattern: string, deepAnywhere: boolean, strict: boolean) {
    this.#chars = [...pattern]
    this.#deepAnywhere = deepAnywhere
    this.#strict = strict
  }

  parse(): GlobNode {
    const end = this.#node('end')
    const chain = this.#sequence(this.#chars.length, true)
    return connect(chain, end) ?? end
  }

  #node(kind: GlobNode['kind'], more: Partial<GlobNode> = {}): GlobNode {
    return {id: this.count++, kind, ...more}
  }

  /** Parses what comes before `end`; `boundary`: whether a segment begins here. */
  #sequence(end: number, boundary: boolean): Chain | undefined {
    let chain: Chain | undefined
    while (this.#at < end) {
      const begin = this.#at
      const piece = this.#piece(end, boundary)
      boundary = this.#chars[this.#at - 1] === '/' && this.#chars[this.#at - 2] !== '\\'
      if (this.#at === begin) throw new Error('a piece of a glob has no length')
      if (!piece) continue
      const start = connect(chain, piece.start) ?? piece.start
      chain = {start, open: piece.open}
    }
    return chain
  }

  #piece(end: number, boundary: boolean): Chain | undefined {
    const char = this.#chars[this.#at]!
    if (char === '*') return this.#star(end, boundary)
    if (char === '?') return this.#one(this.#node('any'))
    if (char === '[') return this.#set(end)
    if (char === '{') return this.#braces(end, boundary)
    if (char === '\\' && this.#at + 1 < end) this.#at++
    else if (char === '\\' && this.#strict) throw new SyntaxError('a backslash at the end')
    return this.#one(this.#node('char', {char: this.#chars[this.#at]!.codePointAt(0)!}))
  }

  /** A node for the current character. */
  #one(node: GlobNode): Chain {
    this.#at++
    return {start: node, open: [node]}
  }

  #star(end: number, boundary: boolean): Chain {
    const from = this.#at
    while (this.#at < end && this.#chars[this.#at] === '*') this.#at++
    const stars = this.#at - from
    const after = this.#chars[this.#at]
    const whole = boundary && (after === undefined || '/,}'.includes(after) || this.#at >= end)
    if (stars >= 2 && (this.#deepAnywhere || (stars === 2 && whole))) {
      const deep = this.#node('deep', {loops: true})
      if (!boundary || after !== '/') return {start: deep, open: [deep]}
      // `a/**/b` also matches `a/b`: the slash belongs to the segments that may be missing
      this.#at++
      const slash = this.#node('char', {char: 0x2f})
      deep.next = slash
      const fork = this.#node('fork', {branches: [deep]})
      return {start: fork, open: [slash, fork]}
    }
    const star = this.#node('any', {loops: true})
    return {start: star, open: [star]}
  }

  /** Parses `[…]`; an unclosed bracket stands for itself. */
  #set(end: number): Chain {
    const found = this.#setEnd(end)
    if (found === undefined) {
      if (this.#strict) throw new SyntaxError('[ without ]')
      return this.#one(this.#node('char', {char: 0x5b}))
    }
    const inner = this.#chars.slice(this.#at + 1, found)
    const negated = inner[0] === '!' || inner[0] === '^'
    const test = charTest(negated ? inner.slice(1) : inner, this.#strict)
    this.#at = found
    return this.#one(this.#node('set', {set: negated ? char => !test(char) : test}))
  }

  /** The place of the `]` that ends the current set: not one at its beginning, after a backslash, or within `[:alpha:]`. */
  #setEnd(end: number): number | undefined {
    let at = this.#at + 1
    if (this.#chars[at] === '!' || this.#chars[at] === '^') at++
    for (const first = at; at < end; at++) {
      const char = this.#chars[at]
      if (char === ']' && at > first) return at
      if (char === '\\') at++
      else if (char === '[' && this.#chars[at + 1] === ':') {
        const close = this.#chars.indexOf(':', at + 2)
        if (close > 0 && close + 1 < end && this.#chars[close + 1] === ']') at = close + 1
      }
    }
    return undefined
  }

  /** Parses `{a,b}` and `{1..3}`; braces with anything else stand for themselves. */
  #braces(end: number, boundary: boolean): Chain | undefined {
    const parts = this.#alternatives(end)
    if (parts === undefined) {
      if (this.#strict) throw new SyntaxError('{ without }')
      return this.#one(this.#node('char', {char: 0x7b}))
    }
    const close = parts.at(-1)!.to
    const range = parts.length === 1 ? braceRange(this.#chars.slice(this.#at + 1, close).join('')) : undefined
    if (parts.length === 1 && !range && !this.#strict) return this.#one(this.#node('char', {char: 0x7b}))
    const fork = this.#node('fork', {branches: []})
    const open: GlobNode[] = []
    const add = (chain: Chain | undefined) => {
      if (!chain) return open.push(fork)
      fork.branches!.push(chain.start)
      return open.push(...chain.open)
    }
    if (range) for (const text of range) add(this.#literal(text))
    else
      for (const {from, to} of parts) {
        this.#at = from
        add(this.#sequence(to, boundary))
      }
    this.#at = close + 1
    return {start: fork, open: [...new Set(open)]}
  }

  #literal(text: string): Chain {
    const nodes = [...text].map(char => this.#node('char', {char: char.codePointAt(0)!}))
    for (const [i, node] of nodes.entries()) if (nodes[i + 1]) node.next = nodes[i + 1]!
    return {start: nodes[0]!, open: [nodes.at(-1)!]}
  }

  /** The parts between the commas of the current braces; undefined if they do not close. */
  #alternatives(end: number): {from: number; to: number}[] | undefined {
    const parts: {from: number; to: number}[] = []
    let depth = 0
    let from = this.#at + 1
    for (let at = this.#at; at < end; at++) {
      const char = this.#chars[at]
      if (char === '\\') at++
      else if (char === '[') {
        const here = this.#at
        this.#at = at
        at = this.#setEnd(end) ?? at
        this.#at = here
      } else if (char === '{') depth++
      else if ((char === ',' && depth === 1) || (char === '}' && depth === 1)) {
        parts.push({from, to: at})
        from = at + 1
        if (char === '}') return parts
      } else if (char === '}') depth--
    }
    return undefined
  }
}

/** Joins a chain to what follows it; returns the first node. */
function connect(chain: Chain | undefined, next: GlobNode): GlobNode | undefined {
  if (!chain) return undefined
  for (const node of chain.open) {
    if (node.kind === 'fork') node.branches!.push(next)
    else node.next = next
  }
  return chain.start
}

/** A test of whether a character is one of those between brackets. */
function charTest(inner: readonly string[], strict: boolean): (char: number) => boolean {
  const tests: ((char: number) => boolean)[] = []
  for (let at = 0; at < inner.length; at++) {
    const named = /^\[:([a-z]+):\]/.exec(inner.slice(at, at + 12).join(''))
    const known = named && GLOB_CLASSES[named[1]!]
    if (known) {
      tests.push(char => known.test(String.fromCodePoint(char)))
      at += named[0].length - 1
      continue
    }
    if (inner[at] === '\\' && at + 1 < inner.length) at++
    const low = inner[at]!.codePointAt(0)!
    if (inner[at + 1] !== '-' || at + 2 >= inner.length) {
      tests.push(char => char === low)
      continue
    }
    at += inner[at + 2] === '\\' && at + 3 < inner.length ? 3 : 2
    const high = inner[at]!.codePointAt(0)!
    if (high < low && strict) throw new SyntaxError('a range that runs backwards')
    tests.push(char => char >= low && char <= high)
  }
  return char => tests.some(test => test(char))
}
