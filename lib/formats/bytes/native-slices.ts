/** The native decoders that `toString` ends in; calling them directly saves a good part of the time. */
export interface NativeSlices {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}
