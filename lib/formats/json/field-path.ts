/** A step on the way to a value: a key, or the position in an array. */
export type PathStep = string | number

/** The path of a value as errors show it: `items[2].price`; '' for the whole value. */
export function fieldPath(steps: readonly PathStep[]): string {
  let path = ''
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`
    else path += path === '' ? step : `.${step}`
  }
  return path
}

/** `field 'items[2].price'`, or `the value` for the whole value. */
export function fieldName(steps: readonly PathStep[]): string {
  return steps.length === 0 ? 'the value' : `field '${fieldPath(steps)}'`
}
