import {expect} from 'chai'
import {shellWords} from '../../../lib/cli/report/shell-words.ts'

describe('messages in the words of the shell', () => {
  for (const [given, told] of [
    ["If the file is one array, set `format: 'array'`", 'If the file is one array, give --from json'],
    ["Set `format: 'lines'` if each line is a value", 'Give --from jsonl if each line is a value'],
    ["a.csv: `cast` names column 'x'", "a.csv: --cast names column 'x'"],
    ['raise `maxRecordBytes`', 'raise --csv-max-record'],
    ["set `numbers: 'text'` or `numbers: 'double'`", 'give --numbers text or --numbers double'],
    ['what `constructor` and `nobody` mean stays', 'what `constructor` and `nobody` mean stays'],
  ] as const)
    it(given, () => {
      expect(shellWords(given)).to.equal(told)
    })
})
