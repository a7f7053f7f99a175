/** Freezes a row (shallow) that has more than one consumer; typed arrays and Buffers cannot be frozen. */
export function freeze(value: unknown): void {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) Object.freeze(value)
}
