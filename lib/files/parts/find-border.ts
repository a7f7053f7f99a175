import type {ByteCursor} from './byte-cursor.ts'

/** Moves the cursor past the next border; false if there is none. */
export async function findBorder(cursor: ByteCursor, border: Buffer): Promise<boolean> {
  let held: Buffer = Buffer.alloc(0)
  for (let bytes = await cursor.next(); bytes; bytes = await cursor.next()) {
    const all = held.length === 0 ? bytes : Buffer.concat([held, bytes])
    const found = all.indexOf(border)
    if (found !== -1) {
      cursor.giveBack(all.subarray(found + border.length))
      return true
    }
    // a border may be split between chunks
    held = all.subarray(Math.max(0, all.length - border.length + 1))
  }
  return false
}
