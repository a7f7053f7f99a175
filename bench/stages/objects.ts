// A million small objects, a thousand at a time, and three element-wise functions.
export interface Item {
  a: number
  name: string
  b?: number
  c?: number
  d?: number
}

export const COUNT = 1_000_000

export function* chunks(): Generator<Item[]> {
  for (let i = 0; i < COUNT; i += 1000) yield Array.from({length: 1000}, (_, k) => ({a: i + k, name: `x${i + k}`}))
}

export const f1 = (x: Item): Item => ({...x, b: x.a + 1})
export const f2 = (x: Item): Item => ({...x, c: x.b! * 2})
export const f3 = (x: Item): Item => ({...x, d: x.c! - 1})
