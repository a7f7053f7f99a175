// Reads a small file, and prints what was read and whether there was an index.
import {takeRecordIndex} from '../../../../lib/formats/csv/scan/record-index.ts'
import {readCsv} from '../csv-reading.ts'

const read = readCsv(['a,b\n1,"x ""y"""\n2,é\n3,"z\n'], {}, true)
console.log(JSON.stringify({read, index: takeRecordIndex() !== undefined}))
