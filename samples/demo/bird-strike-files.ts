// Makes the demo's input from 10,000 real FAA bird-strike records: four CSV files, one gzipped, one with a BOM, with some
// quoted commas and seven broken rows.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {gzipSync} from 'node:zlib'
import {parse} from 'csv-parse/sync'

export interface InputFile {
  name: string
  content: Buffer
}

/** Rows that the job must set aside, each broken in a different way. */
export const BROKEN_ROWS = [
  'DALLAS/FORT WORTH INTL ARPT,B-737,None,1998-03-04',
  'DENVER INTL AIRPORT,B-757-200,None,1999-05-06,UNITED AIRLINES,Colorado,Climb,Small,Horned lark,Day,0,0,0,150,one,too,many',
  'CHICAGO OHARE INTL ARPT,MD-80,None,1997-13-45,AMERICAN AIRLINES,Illinois,Approach,Small,Gull,Day,0,0,0,140',
  'SALT LAKE CITY INTL,B-727-200,Minor,1996-07-08,DELTA AIR LINES,Utah,Climb,Medium,Gull,Day,0,n/a,n/a,160',
  'SACRAMENTO INTL,B-737-300,None,2000-01-02,SOUTHWEST AIRLINES,California,Approach,Small,Gull,Dusk,0,0,0,fast',
  'MEMPHIS "INTL" ARPT,A-300,None,1995-09-10,FEDEX EXPRESS,Tennessee,Take-off run,Large,Goose,Night,0,0,0,120',
  '"NEW ORLEANS, LA,DC-9,None,1994-11-12,NORTHWEST AIRLINES,Louisiana,Climb,Small,Swallow,Day,0,0,0,130',
]

/** The four files; the same bytes in every run. */
export function birdStrikeFiles(): InputFile[] {
  const path = fileURLToPath(new URL('../data/birdstrikes.csv', import.meta.resolve('vega-datasets')))
  const lines = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/)
  const [header = '', ...records] = lines
  const rows = records.map((line, i) => (i % 25 === 0 ? withQuotedComma(line) : line))
  BROKEN_ROWS.forEach((broken, i) => {
    rows.splice(700 + i * 1400, 0, broken)
  })
  const quarter = Math.ceil(rows.length / 4)
  return [1, 2, 3, 4].map(n => {
    const part = [header, ...rows.slice((n - 1) * quarter, n * quarter)]
    if (n === 2) return {name: 'my-file-2.csv.gz', content: gzipSync(`${part.join('\n')}\n`)}
    if (n === 3) return {name: 'my-file-3.csv', content: Buffer.from(`\uFEFF${part.join('\r\n')}\r\n`)}
    // the last line of the last file has no newline
    return {name: `my-file-${n}.csv`, content: Buffer.from(part.join('\n') + (n === 4 ? '' : '\n'))}
  })
}

/** `NAME,…,STATE,…` -> `"NAME, STATE",…`: a comma that only a CSV reader understands. */
function withQuotedComma(line: string): string {
  const fields = line.split(',')
  return [`"${fields[0]}, ${fields[5]}"`, ...fields.slice(1)].join(',')
}

/** How many records csv-parse finds in the files, without headers; each malformed one counts once. */
export function countRecords(files: readonly InputFile[], gunzip: (content: Buffer) => Buffer): number {
  let count = 0
  for (const {name, content} of files) {
    const text = name.endsWith('.gz') ? gunzip(content) : content
    // the one unclosed quote would swallow the rest of its file, so its line is counted separately
    const lines = text.toString('utf8').split(/\r?\n/)
    const [unclosed, rest] = [lines.filter(isUnclosed), lines.filter(line => !isUnclosed(line))]
    const options = {bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, from_line: 2}
    count += parse(rest.join('\n'), options).length + unclosed.length
  }
  return count
}

function isUnclosed(line: string): boolean {
  return line.startsWith('"') && (line.match(/"/g)?.length ?? 0) % 2 === 1
}
