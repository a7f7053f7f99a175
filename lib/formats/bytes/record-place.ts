/** The place of a record as errors show it; the line only if it is known (in a part of a file it may not be). */
export function recordPlace(file: string, line: number, byteOffset: number): string {
  return line > 0 ? `${file}, line ${line} (byte ${byteOffset})` : `${file}, byte ${byteOffset}`
}
