#!/usr/bin/env node
import {readFileSync} from 'node:fs'
import {Command} from 'commander'
import {SluiceError} from '../errors/index.ts'
import {localCommand} from './local.ts'

const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string}

const program = new Command('sluice').description('Stream pipelines on Google Cloud, in Node.').version(version)
program.addCommand(localCommand())

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof SluiceError)) throw error
  console.error(`sluice: ${error.message}`)
  process.exitCode = 1
}
