/** Options of the readers and writers, and the flags of `sluice pipe` that set them. */
const FLAGS: Readonly<Record<string, string>> = {
  "format: 'array'": '--from json',
  "format: 'auto'": '--from json',
  "format: 'lines'": '--from jsonl',
  'header: false': '--no-csv-header',
  'quote: null': "--csv-quote ''",
  'overwrite: true': '--overwrite',
  "numbers: 'exact'": '--numbers exact',
  "numbers: 'text'": '--numbers text',
  "numbers: 'double'": '--numbers double',
  'rejects: true': '--rejects FILE',
  cast: '--cast',
  columns: '--csv-columns',
  delimiter: '--csv-delimiter',
  quote: '--csv-quote',
  escape: '--csv-escape',
  header: '--no-csv-header',
  maxRecordBytes: '--csv-max-record',
  numbers: '--numbers',
  overwrite: '--overwrite',
  schema: '--schema',
  skipBlankLines: '--no-csv-blank-lines',
}

/** A message of a reader or a writer, with the flags of the shell in place of the options that it names. */
export function shellWords(message: string): string {
  return message.replace(/(\b[sS]et )?`([^`]+)`/g, (whole, verb: string | undefined, option: string) => {
    const flag = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined
    if (flag === undefined) return whole
    return verb ? `${verb === 'Set ' ? 'Give' : 'give'} ${flag}` : flag
  })
}
