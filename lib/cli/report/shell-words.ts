/** Reader and writer options, mapped to the `sluice pipe` flags that set them. */
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

/** A reader's or writer's message with the option names replaced by command-line flags. */
export function shellWords(message: string): string {
  return message.replace(/(\b[sS]et )?`([^`]+)`/g, (whole, verb: string | undefined, option: string) => {
    const flag = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined
    if (flag === undefined) return whole
    return verb ? `${verb === 'Set ' ? 'Give' : 'give'} ${flag}` : flag
  })
}
