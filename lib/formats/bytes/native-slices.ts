/** The native decoders behind `toString`; calling them directly saves much of the time. */
export interface NativeSlices {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}
