import vm from 'node:vm'
import {type DoFnOptions, deadLetter, stageOf} from '../../core/index.ts'
import {messageOf} from '../../errors/index.ts'
import {filter, flatMap, map, parDo} from '../../transforms/index.ts'
import {loadModule} from '../jobs/load-module.ts'
import {UsageError} from '../report/exit.ts'
import {nameExpression} from '../report/expressions.ts'
import {distinctStep} from './distinct-step.ts'
import {renameStep, selectStep} from './fields-step.ts'
import {groupSteps, totalSteps} from './grouping/group-step.ts'
import {LimitStep} from './limit-step.ts'
import type {StepFlag} from './pipe-flags.ts'
import type {PipeSettings} from './pipe-settings.ts'
import type {PipeStep} from './pipe-step.ts'
import {sortStep, topStep} from './sort-step.ts'

/** The tagged output for elements that a step could not process. */
export const REJECTS = 'rejects'

type Stage = PipeStep['stage']

/** Creates the stages of the steps, in order. `endSource` ends the source when a limit is reached. */
export async function makeSteps(
  flags: readonly StepFlag[],
  settings: PipeSettings,
  concurrency: number | undefined,
  endSource: () => void,
): Promise<PipeStep[]> {
  const options: Options = {onError: deadLetter(REJECTS), ...(concurrency !== undefined && {concurrency})}
  const steps: PipeStep[] = []
  const lastLimit = flags.findLast(({kind}) => kind === 'limit')
  for (const [i, flag] of flags.entries()) {
    const {kind, value} = flag
    if (kind === 'limit') {
      const stage = new LimitStep(countOf(kind, value), flag === lastLimit, endSource)
      steps.push({name: kind, stage})
    } else if (kind === 'with') steps.push(...(await stagesOf(value, options)))
    else if (kind === 'sort') steps.push({name: kind, stage: sortStep(value, settings, options) as unknown as Stage})
    else if (kind === 'top') {
      const stage = topStep(countOf(kind, value), flags[i + 1], settings, options) as unknown as Stage
      steps.push({name: kind, stage})
    } else if (kind === 'group-by') steps.push(...groupSteps(value, flags[i + 1], settings, options))
    else if (kind === 'agg') {
      // after --group-by it belongs to that
      if (flags[i - 1]?.kind !== 'group-by') steps.push(...totalSteps(value, settings, options))
    } else if (kind === 'by') {
      if (flags[i - 1]?.kind !== 'top')
        throw new UsageError(`--by ${value} has no --top before it: --top 3 --by ${value}`)
    } else steps.push({name: kind, stage: stageOfFlag(kind, value, settings, options)})
  }
  return steps
}

type Options = DoFnOptions<{[tag: string]: unknown}>
type Simple = Exclude<StepFlag['kind'], 'with' | 'limit' | 'sort' | 'top' | 'by' | 'group-by' | 'agg'>

function stageOfFlag(kind: Simple, value: string, settings: PipeSettings, options: Options): Stage {
  switch (kind) {
    case 'map':
      return map(compile(kind, value), options) as Stage
    case 'filter':
      return filter(compile(kind, value), options) as Stage
    case 'flat-map':
      return flatMap(compile(kind, value) as () => unknown[], options) as Stage
    case 'select':
      return selectStep(value, options) as Stage
    case 'rename':
      return renameStep(value, options) as Stage
    case 'distinct':
      return distinctStep(value, settings.memory, options) as Stage
  }
}

/** Compiles a function given on the command line. */
function compile(kind: string, code: string): (element: unknown) => unknown {
  let made: unknown
  try {
    made = vm.runInThisContext(`(${code}\n)`, {
      filename: nameExpression(kind, code),
      // the opening parenthesis is ours
      columnOffset: -1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
  } catch (error) {
    throw new UsageError(
      `--${kind} '${code}': ${messageOf(error)}${syntaxPlace(error, code)}; give a function such as 'r => r.total > 1'`,
    )
  }
  if (typeof made === 'function') return made as (element: unknown) => unknown
  throw new UsageError(`--${kind} '${code}' is not a function; give one, such as 'r => r.total > 1'`)
}

/** Node prints the location above the stack: `NAME:LINE`, the line, and a caret below the column. */
function syntaxPlace(error: unknown, code: string): string {
  const [, line, spaces] = /^--.*:(\d+)\n.*\n(\s*)\^/.exec(String((error as Error).stack)) ?? []
  if (line === undefined || spaces === undefined) return ''
  const lines = code.split('\n').length
  // the error is at our own closing parenthesis
  if (Number(line) > lines) return ' (it ends too early)'
  const column = spaces.length + (line === '1' ? 0 : 1)
  return lines === 1 ? ` at column ${column}` : ` at line ${line}, column ${column}`
}

function countOf(kind: 'limit' | 'top', text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new UsageError(`--${kind} is '${text}'; give a whole number of at least 1`)
}

/** Loads the stages of `--with FILE#export`. */
async function stagesOf(given: string, options: Options): Promise<PipeStep[]> {
  const hash = given.lastIndexOf('#')
  const file = hash < 0 ? given : given.slice(0, hash)
  const name = hash < 0 ? 'default' : given.slice(hash + 1)
  const module = await loadModule(file)
  if (!(name in module)) {
    const others = Object.keys(module).map(other => `${file}#${other}`)
    throw new UsageError(`--with: ${file} has no export '${name}'; it has ${others.join(', ') || 'none'}`)
  }
  const found = module[name]
  return (Array.isArray(found) ? found : [found]).map(each => stepOf(given, each, options))
}

function stepOf(given: string, each: unknown, options: Options): PipeStep {
  if (stageOf(each)?.kind === 'dofn') return {name: stageOf(each)!.name, stage: each as Stage}
  if (typeof each !== 'function')
    throw new UsageError(
      `--with ${given} is ${typeof each}; export a DoFn class or instance, a function, or an array of these`,
    )
  if (typeof each.prototype?.process === 'function') {
    const stage = new (each as new (options: Options) => Stage)(options)
    return {name: stageOf(stage)?.name ?? each.name, stage}
  }
  const name = each.name && each.name !== 'default' ? each.name : 'with'
  const fn = each as (element: unknown) => never
  return {name, stage: (isGenerator(each) ? parDo(fn, options) : map(fn, options)) as Stage}
}

function isGenerator(fn: object): boolean {
  return ['GeneratorFunction', 'AsyncGeneratorFunction'].includes(fn.constructor.name)
}
