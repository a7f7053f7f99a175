import {badOption, checkOptionNames, SluiceError} from '../errors/index.ts'
import {givesBack} from '../formats/index.ts'
import {DURATION_FORMS, type Duration, parseDuration, parseSize, SIZE_FORMS, type Size} from '../util/index.ts'

interface SpecBase {
  /** True: the job does not start without it. */
  readonly required?: boolean
  /** One line for `--help`. */
  readonly help?: string
  /** Environment variable that is read when the option is not given; an empty one counts as not set. */
  readonly env?: string
}

/** Declares one option of a job. `build` gets durations in milliseconds and sizes in bytes. */
export type JobOptionSpec =
  | (SpecBase & {readonly type: 'string'; readonly default?: string})
  | (SpecBase & {readonly type: 'number'; readonly default?: number})
  | (SpecBase & {readonly type: 'boolean'; readonly default?: boolean})
  | (SpecBase & {readonly type: 'duration'; readonly default?: Duration})
  | (SpecBase & {readonly type: 'size'; readonly default?: Size})
  | (SpecBase & {readonly type: 'enum'; readonly values: readonly string[]; readonly default?: string})

/** The options of a job by name. */
export type JobOptionSpecs = Readonly<Record<string, JobOptionSpec>>

type Given<S extends JobOptionSpec> = S extends {type: 'enum'; values: readonly (infer V)[]}
  ? V
  : {string: string; number: number; boolean: boolean; duration: Duration; size: Size; enum: string}[S['type']]

type Value<S extends JobOptionSpec> = S['type'] extends 'duration' | 'size' ? number : Given<S>

type Always<S extends JobOptionSpec> = S extends {required: true} | {default: {}} | {type: 'boolean'} ? true : false

/** What `build` gets: options that are required or have a default are always there, and booleans default to false. */
export type JobOptions<S extends JobOptionSpecs> = {
  readonly [K in keyof S]: Always<S[K]> extends true ? Value<S[K]> : Value<S[K]> | undefined
}

type MustGive<S extends JobOptionSpecs> = {
  // one with a variable may come from there
  [K in keyof S]: S[K] extends {required: true} ? (S[K] extends {env: string} ? never : K) : never
}[keyof S]

/** What `job.pipeline()` and `job.run()` take. */
export type JobInput<S extends JobOptionSpecs> = {readonly [K in MustGive<S>]: Given<S[K]>} & {
  readonly [K in keyof S]?: Given<S[K]> | undefined
}

const SPEC_KEYS = ['type', 'default', 'required', 'help', 'env']
const TYPES = ['string', 'number', 'boolean', 'duration', 'size', 'enum'] as const

/** Checks the declarations themselves; `where` is the job. */
export function checkSpecs(where: string, specs: JobOptionSpecs): void {
  for (const [name, spec] of Object.entries(specs)) {
    const option = `options.${name}`
    // a flag is made of it: maxRows becomes --max-rows
    if (!/^[a-z][A-Za-z0-9]*$/.test(name))
      throw badOption(where, option, name, 'a camelCase name of letters and digits')
    if (!TYPES.includes(spec?.type)) throw badOption(where, `${option}.type`, spec?.type, `one of ${TYPES.join(', ')}`)
    checkOptionNames(`${where}: ${option}`, spec, spec.type === 'enum' ? [...SPEC_KEYS, 'values'] : SPEC_KEYS)
    if (spec.type === 'enum') checkValues(where, option, spec.values)
    if (spec.default === undefined) continue
    if (spec.required)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${where}: ${option} is required and has a default; remove one of the two`,
      )
    if (convert(spec, spec.default) === undefined)
      throw badOption(where, `${option}.default`, spec.default, formsOf(spec))
  }
}

function checkValues(where: string, option: string, values: unknown): void {
  if (!Array.isArray(values) || values.length === 0 || values.some(v => typeof v !== 'string' || v === ''))
    throw badOption(where, `${option}.values`, values, 'an array of strings, the values allowed')
}

/** The values of all options: what was given, else the environment, else the default. */
export function readOptions(
  where: string,
  specs: JobOptionSpecs,
  given: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, unknown> {
  checkOptionNames(where, given, Object.keys(specs))
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, readOption(where, name, spec, own(given, name), env)]),
  )
}

/**
 * The values of all options out of texts, as a command line gives them; a flag without a value is `true`, `--no-flag`
 * is `false`.
 */
export function readTexts(
  where: string,
  specs: JobOptionSpecs,
  texts: Readonly<Record<string, string | boolean>>,
): Record<string, unknown> {
  const given = Object.entries(texts).map(([name, text]) => {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    const value = spec && typeof text === 'string' ? fromText(spec, text) : text
    // invalid text is shown as it was written
    return [name, value === undefined || Number.isNaN(value) ? text : value]
  })
  return readOptions(where, specs, Object.fromEntries(given))
}

/** An option may be called `toString`, which every object has. */
function own(values: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

function readOption(
  where: string,
  name: string,
  spec: JobOptionSpec,
  given: unknown,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  if (given !== undefined) {
    const value = convert(spec, given)
    if (value === undefined || (value === '' && spec.required)) throw badOption(where, name, given, formsOf(spec))
    return value
  }
  const text = spec.env === undefined ? undefined : env[spec.env]
  if (text) {
    const value = convert(spec, fromText(spec, text))
    if (value !== undefined) return value
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      // its value may be a secret
      `${where}: option \`${name}\`: the environment variable ${spec.env} has a value that is not allowed; give ${formsOf(spec)}`,
    )
  }
  if (spec.default !== undefined) return convert(spec, spec.default)
  if (spec.required) throw missing(where, name, spec)
  return spec.type === 'boolean' ? false : undefined
}

function missing(where: string, name: string, spec: JobOptionSpec): SluiceError {
  const variable = spec.env === undefined ? '' : `, or set the environment variable ${spec.env}`
  const help = spec.help === undefined ? '' : ` (${spec.help})`
  return new SluiceError(
    'ERR_SLUICE_OPTION',
    `${where}: option \`${name}\`${help} is required; give ${formsOf(spec)}${variable}`,
  )
}

/** The value that `build` gets; undefined for a value that the type does not allow. */
function convert(spec: JobOptionSpec, given: unknown): unknown {
  switch (spec.type) {
    case 'duration':
      return parseDuration(given)
    case 'size':
      return parseSize(given)
    case 'enum':
      return spec.values.includes(given as string) ? given : undefined
    case 'number':
      return Number.isFinite(given) ? given : undefined
    default:
      return typeof given === spec.type ? given : undefined
  }
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** What the text of an environment variable or a flag means; durations, sizes and strings are text already. */
function fromText(spec: JobOptionSpec, text: string): unknown {
  const trimmed = text.trim()
  // Number() also takes 0x10, and rounds what has too many digits
  if (spec.type === 'number' && DECIMAL.test(trimmed) && givesBack(trimmed)) return Number(trimmed)
  if (spec.type === 'boolean') return {true: true, 1: true, false: false, 0: false}[trimmed.toLowerCase()]
  const bare = spec.type === 'duration' || spec.type === 'size'
  return bare && /^\d+$/.test(trimmed) ? Number(trimmed) : text
}

function formsOf(spec: JobOptionSpec): string {
  if (spec.type === 'enum') return `one of ${spec.values.map(v => `'${v}'`).join(', ')}`
  const forms = {
    string: 'a string',
    number: 'a number',
    boolean: 'true or false',
    duration: DURATION_FORMS,
    size: SIZE_FORMS,
  }
  if (spec.type === 'string' && spec.required) return 'a non-empty string'
  return forms[spec.type]
}
