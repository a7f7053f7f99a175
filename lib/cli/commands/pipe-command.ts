import {Command, Option} from 'commander'
import {append, drainOption, positive, stackOption} from '../jobs/flag-values.ts'
import type {PipeFlags, StepFlag} from '../pipe/pipe-flags.ts'
import {FORMATS} from '../pipe/record-formats.ts'

/** Declares `sluice pipe`; its implementation is imported when it runs. */
export function pipeCommand(): Command {
  const steps: StepFlag[] = []
  const command = new Command('pipe')
    .description(
      'A pipeline without a job file: reads records, passes them through steps in the order given, and writes them.',
    )
    .argument('[files...]', 'files to read, local or gs://, or - for standard input, which is the default')
    .addOption(
      new Option(
        '--from <format>',
        'format of the input (default: by file extension; text for standard input)',
      ).choices(FORMATS),
    )
    .option('--input <glob...>', 'the files to read, instead of arguments')
    .option(
      '--to <target>',
      'text, csv, tsv, jsonl or json on standard output; - for the format of --from there; a file, local or gs://, by its ' +
        'ending; gs://PREFIX; or bq:PROJECT:DATASET.TABLE',
      'jsonl',
    )
    .option('--overwrite', 'replaces the file named by --to')
  addStepOptions(command, steps)
  addRecordOptions(command)
  addCsvOptions(command)
  return command
    .addOption(drainOption())
    .addOption(stackOption())
    .option('--progress', 'shows progress on standard error (default: when that is a terminal)')
    .option('--no-progress', 'shows none')
    .option('-q, --quiet', 'no progress and no warnings')
    .action(async (files: string[], flags: PipeFlags) => {
      const {pipe} = await import('../pipe/pipe.ts')
      process.exitCode = await pipe(files, flags, steps)
    })
}

/** The steps; `steps` collects them in the order in which they are given. */
function addStepOptions(command: Command, steps: StepFlag[]): void {
  const step = (kind: StepFlag['kind']) => (value: string) => void steps.push({kind, value})
  command
    .option('--map <js>', "one output per record: 'r => ({...r, total: r.amount * 2})'", step('map'))
    .option('--filter <js>', "keeps records: 'r => r.total > 1'", step('filter'))
    .option('--flat-map <js>', "any number of outputs per record: 'r => r.items'", step('flat-map'))
    .option('--with <file[#export]>', 'a DoFn class or instance, a function, or an array of these', step('with'))
    .option('--select <fields>', 'keeps these fields, in this order: a,b', step('select'))
    .option('--rename <pairs>', 'renames fields: old=new,old=new', step('rename'))
    .option('--limit <n>', 'stops after this many records', step('limit'))
    .option('--sort <fields>', 'sorts by these fields, numbers as numbers, -FIELD downward: -amount,name', step('sort'))
    .option('--top <n>', 'the N records with the largest (with -FIELD, the smallest) value; give --by', step('top'))
    .addOption(
      new Option('--distinct [fields]', 'the first of equal records, or of those with equal fields: a,b')
        // without fields, too, it is a step
        .preset('')
        .argParser(step('distinct')),
    )
    .option('--group-by <fields>', 'one record for each combination of these fields: user,day', step('group-by'))
    .option(
      '--agg <list>',
      "what to compute for each of --group-by, or of all records: 'n=count(),total=sum(amount),largest=top(3,amount)'",
      step('agg'),
    )
    .option('--by <fields>', 'what --top compares: amount', step('by'))
}

/** How records are typed, processed and set aside. */
function addRecordOptions(command: Command): void {
  command
    .option(
      '--cast <pairs>',
      'types of the fields read: total:FLOAT64,at:TIMESTAMP; auto: numbers and booleans of CSV',
      append,
    )
    .addOption(
      new Option(
        '--numbers <how>',
        'JSON numbers that a double cannot hold: BigInts and rejects (exact, the default), text, or rounded (double)',
      ).choices(['exact', 'text', 'double']),
    )
    .option('--concurrency <n>', 'asynchronous calls of a step in flight at a time (default: 1)', positive)
    .option(
      '--memory <size>',
      'what --sort, --top and --distinct keep in memory before they use the disk (default: 256MB)',
    )
    .option('--rejects <file>', 'writes records that could not be processed to FILE, and why to FILE.reasons.jsonl')
    .option('--max-rejects <n|p%>', 'how many may be set aside (default: 0, any number with --rejects)')
    .option('--schema <schema>', "schema of the table, such as 'id:STRING,total:FLOAT64', or a JSON file")
}

/** The CSV and TSV dialect, for input and output. */
function addCsvOptions(command: Command): void {
  command
    .option('--csv-delimiter <text>', 'separator of fields (default: a comma; for tsv, a tab)')
    .option('--csv-quote <character>', "quote character (default: \"; '': fields are never quoted)")
    .option('--csv-escape <character>', 'escapes a quote in a quoted field (default: the quote itself)')
    .option('--no-csv-header', 'the first record is data; give --csv-columns. For output: no header')
    .option(
      '--csv-columns <names>',
      'columns to read, by name in the header; without a header, the names of all columns: a,b',
    )
    .option('--no-csv-blank-lines', 'an empty line is a record')
    .option('--csv-max-record <size>', 'longest record (default: 16MiB)')
}
