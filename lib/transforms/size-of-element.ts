import {messageOf, SluiceError} from '../errors/index.ts'

/** Writes a BigInt as its digits. */
function bigIntText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** Bytes of an element: of the string, of the Buffer, or of its JSON. */
export function sizeOfElement(element: unknown, where: string): number {
  if (typeof element === 'string') return Buffer.byteLength(element)
  if (ArrayBuffer.isView(element)) return element.byteLength
  try {
    return Buffer.byteLength(JSON.stringify(element, bigIntText) ?? '')
  } catch (cause) {
    throw new SluiceError(
      'ERR_SLUICE_PROCESS',
      `${where}: ${messageOf(cause)}; give the option \`size\`: element => bytes`,
      {
        stage: where,
        element,
        cause,
      },
    )
  }
}
