// Writes lib/formats/csv/scan/record-index-code.ts from record-index.wat; `node .ci/wasm.js --print` writes it to standard output
// instead: .ci/run compares the two.
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import wabt from 'wabt'

const source = fileURLToPath(new URL('../lib/formats/csv/scan/record-index.wat', import.meta.url))
const parsed = (await wabt()).parseWat(source, readFileSync(source, 'utf8'), {simd: true})
const {buffer} = parsed.toBinary({log: false, write_debug_names: false})
const lines = Buffer.from(buffer)
  .toString('base64')
  .match(/.{1,112}/g)
const text = `// Made of record-index.wat by \`npm run build:wasm\`: WebAssembly, in base64.
export const RECORD_INDEX_CODE =
${lines.map(line => `  '${line}'`).join(' +\n')}
`
if (process.argv.includes('--print')) process.stdout.write(text)
else writeFileSync(source.replace('.wat', '-code.ts'), text)
