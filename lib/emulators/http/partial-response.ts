import {ApiError} from '../service/api-error.ts'

/** The fields that are wanted: name to sub-mask; `true` is the whole field, and the name `*` stands for any. */
interface FieldMask {
  [name: string]: FieldMask | true
}

/** Keeps only what the `fields` parameter names of a JSON reply: `items(name,size),nextPageToken`, `items/name`, `*`. */
export function partialResponse(body: object, fields: string): object {
  const parser = new MaskParser(fields)
  return pick(body, parser.mask()) as object
}

function pick(value: unknown, mask: FieldMask | true): unknown {
  if (mask === true || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(item => pick(item, mask))
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const wanted = mask[name] ?? mask['*']
      return wanted === undefined ? [] : [[name, pick(field, wanted)]]
    }),
  )
}

class MaskParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  mask(): FieldMask {
    const mask = this.#list()
    if (this.#at < this.#text.length) throw this.#error()
    return mask
  }

  #list(): FieldMask {
    const mask: FieldMask = Object.create(null)
    do this.#field(mask)
    while (this.#take(','))
    return mask
  }

  #field(into: FieldMask): void {
    const name = /^\s*([\w*-]+)\s*/.exec(this.#text.slice(this.#at))
    if (!name) throw this.#error()
    this.#at += name[0].length
    let sub: FieldMask | true = true
    if (this.#take('/')) {
      sub = Object.create(null) as FieldMask
      this.#field(sub)
    } else if (this.#take('(')) {
      sub = this.#list()
      if (!this.#take(')')) throw this.#error()
    }
    const known = into[name[1]!]
    into[name[1]!] = known && known !== true && sub !== true ? Object.assign(known, sub) : sub
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #error(): ApiError {
    return new ApiError(400, 'invalidParameter', `Invalid field selection ${this.#text}`, {
      extra: {locationType: 'parameter', location: 'fields'},
    })
  }
}
