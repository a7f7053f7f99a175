#!/usr/bin/env node
import {existsSync, readFileSync} from 'node:fs'
import * as nodeModule from 'node:module'
import {tmpdir} from 'node:os'
import {Command} from 'commander'
import {checkCommand} from './commands/check-command.ts'
import {completionCommand} from './commands/completion-command.ts'
import {graphCommand} from './commands/graph-command.ts'
import {initCommand} from './commands/init-command.ts'
import {localCommand} from './commands/local-command.ts'
import {pipeCommand} from './commands/pipe-command.ts'
import {runCommand} from './commands/run-command.ts'
import {sqlCommand} from './commands/sql-command.ts'
import {COMMANDER_OUTPUT, complain, EXIT, exitSoon, reportError} from './report/exit.ts'

// Node 22.8 and newer keep compiled code in the temporary folder: a command then takes a fifth less CPU. A folder that is not there
// would be made; everything large is imported later
const {enableCompileCache} = nodeModule as {enableCompileCache?: () => unknown}
if (!process.env['NODE_V8_COVERAGE'] && existsSync(tmpdir())) enableCompileCache?.()

const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string}

const program = new Command('sluice').description('Stream pipelines on Google Cloud, in Node.').version(version)
program.exitOverride().enablePositionalOptions()
program.configureOutput(COMMANDER_OUTPUT)
const commands = [
  pipeCommand(),
  runCommand(),
  checkCommand(),
  graphCommand(),
  localCommand(),
  sqlCommand(),
  initCommand(version),
  completionCommand(),
]
for (const command of commands) program.addCommand(command.exitOverride().configureOutput(COMMANDER_OUTPUT))

// lost output decides the exit code when all else went well; a reader that has gone is reported as shells do, by the code alone
let lost: NodeJS.ErrnoException | undefined
process.stdout.on('error', error => {
  lost ??= error
})
process.once('exit', code => {
  // Node's exit code for an await that can never settle: in the job's module, or in a job that waits for a callback
  if (process.exitCode === EXIT.unsettled) {
    process.exitCode = EXIT.failed
    return complain('the command had not finished, and nothing was left in the process that could continue it')
  }
  if (!lost || code !== EXIT.done) return
  process.exitCode = lost.code === 'EPIPE' ? EXIT.closedPipe : EXIT.failed
  if (lost.code !== 'EPIPE') complain(`standard output: ${lost.message}`)
})

// a full disk or a closed pipe on standard error costs messages, never data
process.stderr.on('error', () => {})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportError(error)
}
if (process.exitCode) exitSoon()
