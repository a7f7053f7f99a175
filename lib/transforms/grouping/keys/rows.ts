/** Makes the row of a group from its key (a list of keys, if there are several) and what was computed. */
type RowMaker = (keys: unknown, outputs: readonly unknown[]) => Record<string, unknown>

/**
 * Makes rows with these columns: keys first, then aggregates. An object literal with the names in it is several times as fast as
 * assignments by name; these are used where code cannot be generated from strings.
 */
export function rowMaker(keyNames: readonly string[], names: readonly string[]): RowMaker {
  const one = keyNames.length === 1
  const member = (name: string, value: string) => {
    // in brackets it is a name like any other; without them it would set the prototype
    return `${name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)}: ${value}`
  }
  const members = [
    ...keyNames.map((name, i) => member(name, one ? 'keys' : `keys[${i}]`)),
    ...names.map((name, i) => member(name, `outputs[${i}]`)),
  ]
  try {
    return new Function('keys', 'outputs', `return {${members.join(', ')}}`) as RowMaker
  } catch {
    return assigned(keyNames, names)
  }
}

function assigned(keyNames: readonly string[], names: readonly string[]): RowMaker {
  return (keys, outputs) => {
    const row: Record<string, unknown> = {}
    if (keyNames.length === 1) put(row, keyNames[0]!, keys)
    else for (let i = 0; i < keyNames.length; i++) put(row, keyNames[i]!, (keys as readonly unknown[])[i])
    for (let i = 0; i < names.length; i++) put(row, names[i]!, outputs[i])
    return row
  }
}

function put(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') row[name] = value
  else Object.defineProperty(row, name, {value, enumerable: true, writable: true, configurable: true})
}
