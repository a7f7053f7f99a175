import {mkdir, readdir, writeFile} from 'node:fs/promises'
import {basename, join, relative, resolve} from 'node:path'
import {messageOf} from '../../errors/index.ts'
import {printableLine} from '../../util/index.ts'
import {EXIT, reportError, UsageError} from '../report/exit.ts'
import {starterFiles} from './starter.ts'

/** Runs `sluice init`; returns its exit code. */
export async function init(dir: string, version: string): Promise<number> {
  const folder = resolve(dir)
  try {
    if ((await contentsOf(folder)).length > 0)
      throw new UsageError(`${folder} is not empty; give a new folder, or an empty one`)
    const files = starterFiles(packageName(folder), version)
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, {flag: 'wx'})
    process.stdout.write(
      `${Object.keys(files)
        .map(name => `${printableLine(join(dir, name))}\n`)
        .join('')}`,
    )
    const steps = [...(relative('', folder) === '' ? [] : [`cd ${dir}`]), 'npm install', 'npm test', 'npm start']
    process.stderr.write(`Now: ${printableLine(steps.join(' && '))}\n`)
    return EXIT.done
  } catch (error) {
    return reportError(error)
  }
}

/** The contents of a folder, which is created if missing. */
async function contentsOf(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, {recursive: true})
    return await readdir(folder)
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    const isFile = code === 'EEXIST' || code === 'ENOTDIR'
    throw new UsageError(
      isFile ? `${folder} is a file, or inside one; give a folder` : `${folder} cannot be created: ${messageOf(error)}`,
    )
  }
}

/** The folder's name, reduced to the characters that npm allows. */
function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
  return name || 'my-pipeline'
}
