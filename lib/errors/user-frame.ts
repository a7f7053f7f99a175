import {fileURLToPath} from 'node:url'
import {SluiceError} from './sluice-error.ts'
import {messageOf, stackOf} from './thrown.ts'

/** A position in source code, as a stack trace gives it. */
export interface Frame {
  /** A path, or whatever the stack trace has in place of one. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Where this package's own code lives, as stack traces name it: `lib/` of the source, or `dist/` of the build. */
const OWN = [ownFolder(import.meta.url), fileURLToPath(ownFolder(import.meta.url))]

function ownFolder(url: string): string {
  const built = url.lastIndexOf('/dist/')
  return new URL('.', built < 0 ? new URL('..', url) : `${url.slice(0, built)}/dist/`).href
}

/**
 * The first frame of an error that is in the user's own code: not in Node, this package or an installed package. Wrapped
 * errors are searched from the outside in, the user's own first.
 *
 * @returns undefined if no stack has such a frame, as when the thrown value is not an Error
 */
export function userFrame(thrown: unknown): Frame | undefined {
  const stacks = causesOf(thrown).map(stackOf)
  return find(stacks)
}

/** The same for the text of a stack trace. */
export function userFrameOf(stack: string): Frame | undefined {
  return find([stack])
}

/** The stack of the error that the user can act on, with the stacks of its causes; undefined if there is none. */
export function userStack(thrown: unknown): string | undefined {
  const causes = causesOf(thrown)
  const own = causes.filter(cause => !(cause instanceof SluiceError))
  const stacks = (own.some(hasStack) ? own : causes).map(stackOf).filter(Boolean)
  return stacks.length > 0 ? stacks.join('\ncaused by: ') : undefined
}

/**
 * The messages of the causes of the user's own errors, from the outside in, except those that an earlier message already
 * contains. The message of a SluiceError covers its cause.
 */
export function causeMessages(thrown: unknown): string[] {
  const said = [messageOf(thrown)]
  const chain = chainOf(thrown)
  for (const [i, cause] of chain.slice(1).entries()) {
    const message = messageOf(cause)
    if (!(chain[i] instanceof SluiceError) && !said.some(text => text.includes(message))) said.push(message)
  }
  return said.slice(1)
}

/** An error and its causes; errors that are not this package's own come first. */
function causesOf(thrown: unknown): unknown[] {
  const all = chainOf(thrown)
  return [...all.filter(each => !(each instanceof SluiceError)), ...all.filter(each => each instanceof SluiceError)]
}

function chainOf(thrown: unknown): unknown[] {
  const chain = new Set<unknown>()
  for (let each = thrown; each !== undefined && each !== null && !chain.has(each); each = causeOf(each)) chain.add(each)
  return [...chain]
}

/** Getters of a thrown value may throw. */
function causeOf(thrown: unknown): unknown {
  try {
    const {cause, errors} = thrown as {cause?: unknown; errors?: unknown}
    return cause ?? (thrown instanceof AggregateError && Array.isArray(errors) ? errors[0] : undefined)
  } catch {
    return undefined
  }
}

function hasStack(thrown: unknown): boolean {
  return stackOf(thrown) !== ''
}

function find(stacks: readonly string[]): Frame | undefined {
  for (const stack of stacks)
    for (const line of stack.split('\n')) {
      const frame = frameOf(line)
      if (frame && isUsers(frame.file)) return frame
    }
  return undefined
}

/** `at fn (FILE:1:2)`, `at async FILE:1:2`; a path may contain spaces, colons and parentheses. */
function frameOf(line: string): Frame | undefined {
  const text = /^\s+at (?:async )?(.+)$/.exec(line)?.[1]
  if (text === undefined) return undefined
  const place = text.endsWith(')') ? (/^.*? \((.+)\)$/.exec(text)?.[1] ?? text) : text
  const [, given, row, column] = /^(.+):(\d+):(\d+)$/.exec(place) ?? []
  if (given === undefined) return undefined
  return {file: pathOf(given), line: Number(row), column: Number(column)}
}

function pathOf(given: string): string {
  if (!given.startsWith('file:')) return given
  try {
    const url = new URL(given)
    url.search = ''
    return fileURLToPath(url)
  } catch {
    return given
  }
}

function isUsers(file: string): boolean {
  if (/^(node:|<|eval at |wasm:|evalmachine)|[/\\]node_modules[/\\]/.test(file)) return false
  return !OWN.some(folder => file.startsWith(folder))
}
