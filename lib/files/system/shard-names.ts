/** The template of shard names, as in Beam: `S` for digits of the index, `N` for digits of the count. */
export const SHARD_TEMPLATE = '-SSSSS-of-NNNNN'

/** The names of the files that one sink writes. */
export class ShardNames {
  /** The prefix of all names. */
  readonly prefix: string
  readonly #suffix: string
  readonly #template: string

  /** @param template `''` for one file called prefix + suffix */
  constructor(prefix: string, suffix: string, template: string) {
    this.prefix = prefix
    this.#suffix = suffix
    this.#template = template
  }

  /** The name of shard `index` of `count`. */
  name(index: number, count: number): string {
    const part = this.#template.replace(/S+|N+/g, run =>
      String(run[0] === 'S' ? index : count).padStart(run.length, '0'),
    )
    return this.prefix + part + this.#suffix
  }

  /** True for the name of a shard of such a set, whatever its count. */
  isShard(name: string): boolean {
    return this.#pattern.test(name)
  }

  get #pattern(): RegExp {
    const middle = this.#template
      .split(/(S+|N+)/)
      .map(part => (/^[SN]+$/.test(part) ? `\\d{${part.length},}` : escaped(part)))
      .join('')
    return new RegExp(`^${escaped(this.prefix)}${middle}${escaped(this.#suffix)}$`, 's')
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
