/** Makes rows with these columns: keys first, then aggregates. */
export function rowMaker(keyNames: readonly string[], names: readonly string[]) {
  return (keys: unknown, outputs: readonly unknown[]): Record<string, unknown> => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < keyNames.length; i++) put(row, keyNames[i]!, (keys as readonly unknown[])[i])
    for (let i = 0; i < names.length; i++) put(row, names[i]!, outputs[i])
    return row
  }
}

function put(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') row[name] = value
  else Object.defineProperty(row, name, {value, enumerable: true, writable: true, configurable: true})
}
