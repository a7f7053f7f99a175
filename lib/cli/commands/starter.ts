/** The files of a starter project, by path, for this version of sluice. */
export function starterFiles(name: string, version: string): Readonly<Record<string, string>> {
  return {
    'package.json': `${JSON.stringify(manifest(name, version), null, 2)}\n`,
    'tsconfig.json': `${JSON.stringify(TSCONFIG, null, 2)}\n`,
    '.gitignore': 'node_modules/\n*.jsonl\n',
    'orders.csv': 'id,customer,amount,quantity\na,Ada,2.5,2\nb,"Babbage, Charles",0.4,1\nc,Curie,ten,3\n',
    'orders.ts': JOB,
    'orders.test.ts': TEST,
  }
}

function manifest(name: string, version: string): object {
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: {node: '>=20.19'},
    scripts: {
      start: 'sluice run orders.ts',
      test: 'node --import tsx --test orders.test.ts',
      typecheck: 'tsc',
    },
    dependencies: {sluice: `^${version}`},
    devDependencies: {'@types/node': '^20.19.0', tsx: '^4.20.0', typescript: '^7.0.0'},
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: ['node'],
    noEmit: true,
  },
  include: ['*.ts'],
}

const JOB = `import {deadLetter, defineJob, map, readFromCsv, writeToJson} from 'sluice'

/** Turns a CSV record into a row. A record for which it throws is set aside. */
export function toOrder(record: Record<string, string>) {
  const {id = '', customer = '', amount = '', quantity = ''} = record
  const total = Number(amount) * Number(quantity)
  if (amount.trim() === '' || quantity.trim() === '' || !Number.isFinite(total))
    throw new Error(\`amount '\${amount}' or quantity '\${quantity}' is not a number\`)
  if (id === '') throw new Error('the id is empty')
  return {id, customer, total}
}

export default defineJob({
  name: 'orders',
  description: 'Totals of the orders in CSV files.',
  options: {
    input: {type: 'string', default: 'orders.csv', help: 'files to read, local or gs://'},
    output: {type: 'string', default: 'totals', help: 'prefix of the names of the output files'},
  },
  build(p, {input, output}) {
    const orders = p
      .apply('Read', readFromCsv<Record<string, string>>(input))
      .apply('ToOrder', map(toOrder, {onError: deadLetter('bad')}))
    orders.apply('Write', writeToJson(output, {suffix: '.jsonl', overwrite: true}))
    orders.tagged('bad').apply('WriteBad', writeToJson(\`\${output}-bad\`, {suffix: '.jsonl', overwrite: true}))
  },
})
`

// an import statement at the start of a line would be taken for one of this file's own
const TEST = `import assert from 'node:assert/strict'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test} from 'node:test'
${'import'} orders from './orders.ts'

test('totals are written, and records that are not orders are set aside', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orders-'))
  const input = join(folder, 'orders.csv')
  await writeFile(input, 'id,customer,amount,quantity\\na,Ada,2.5,2\\nb,Babbage,none,1\\n')
  const {steps} = await orders.run({input, output: join(folder, 'out')})
  const written = await readFile(join(folder, 'out-00000-of-00001.jsonl'), 'utf8')
  assert.equal(written, '{"id":"a","customer":"Ada","total":5}\\n')
  assert.equal(steps.find(({name}) => name === 'WriteBad')?.in, 1)
  await rm(folder, {recursive: true})
})
`
