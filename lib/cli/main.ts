#!/usr/bin/env node
import {readFileSync} from 'node:fs'
import {Command} from 'commander'
import {checkCommand} from './check-command.ts'
import {completionCommand} from './completion-command.ts'
import {EXIT, reportError} from './exit.ts'
import {graphCommand} from './graph-command.ts'
import {initCommand} from './init-command.ts'
import {localCommand} from './local-command.ts'
import {pipeCommand} from './pipe-flags.ts'
import {runCommand} from './run-command.ts'
import {sqlCommand} from './sql-command.ts'

const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string}

const program = new Command('sluice').description('Stream pipelines on Google Cloud, in Node.').version(version)
program.exitOverride().enablePositionalOptions()
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
for (const command of commands) program.addCommand(command.exitOverride())

// whoever reads the output may go: no command complains of that, and one that was through with its work says so as shells do
let closed = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  closed = true
})
process.once('exit', code => {
  if (closed && code === EXIT.done) process.exitCode = EXIT.closedPipe
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportError(error)
}
