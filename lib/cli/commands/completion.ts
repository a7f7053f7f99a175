import type {Command, Option} from 'commander'
import {checkOptions, graphOptions, runOptions} from '../jobs/job-flags.ts'

/** What can be completed for one command. */
interface Words {
  readonly name: string
  readonly about: string
  readonly options: readonly Option[]
  /** Values of its first argument; empty: complete files. */
  readonly values: readonly string[]
}

/** Commands that take a job pass its options through, so their own options are declared separately. */
const JOB_OPTIONS: Readonly<Record<string, () => Command>> = {
  run: runOptions,
  check: checkOptions,
  graph: graphOptions,
}

/** The script that teaches a shell to complete the commands of `program` and their options. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const commands = program.commands.map(wordsOf)
  return {bash, zsh, fish}[shell](commands)
}

function wordsOf(command: Command): Words {
  const {options} = JOB_OPTIONS[command.name()]?.() ?? command
  const values = command.registeredArguments[0]?.argChoices ?? []
  return {name: command.name(), about: command.description(), options, values}
}

function flags(options: readonly Option[]): string[] {
  return [...options.flatMap(({short, long}) => [short, long]), '--help'].filter(flag => flag !== undefined)
}

/** `case` branches for a preceding option that takes a value: one of a list, or a file (then nothing is offered). */
function valueCases(options: readonly Option[], offer: (values: readonly string[]) => string): string {
  return options
    .filter(({required}) => required)
    .map(option => `        ${names(option).join('|')}) ${offer(option.argChoices ?? [])} ;;\n`)
    .join('')
}

function names({short, long}: Option): string[] {
  return [short, long].filter(name => name !== undefined)
}

function bash(commands: readonly Words[]): string {
  const all = commands.map(({name}) => name)
  const cases = commands.map(
    ({name, options, values}) =>
      `    ${name})\n      case "$before" in\n` +
      valueCases(options, each => `words='${each.join(' ')}'`) +
      `        *) words='${[...values, ...flags(options)].join(' ')}' ;;\n      esac ;;\n`,
  )
  return `# sluice: completion for bash. Add to ~/.bashrc:  source <(sluice completion bash)
_sluice() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in ${all.join('|')}) command="\${COMP_WORDS[i]}"; break ;; esac
  done
  case "$command" in
    '') words='${all.join(' ')} --help --version' ;;
${cases.join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _sluice sluice
`
}

function zsh(commands: readonly Words[]): string {
  const all = commands.map(({name}) => name)
  const cases = commands.map(
    ({name, options, values}) =>
      `    ${name})\n      case "$before" in\n` +
      valueCases(options, each => (each.length > 0 ? `compadd -- ${each.join(' ')}` : '_files')) +
      `        *) compadd -- ${[...values, ...flags(options)].join(' ')}; _files ;;\n      esac ;;\n`,
  )
  return `#compdef sluice
# sluice: completion for zsh. Add to ~/.zshrc, after compinit:  source <(sluice completion zsh)
_sluice() {
  local before="\${words[CURRENT-1]}" command='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in ${all.join('|')}) command="$word"; break ;; esac
  done
  case "$command" in
    '') compadd -- ${all.join(' ')} --help --version ;;
${cases.join('')}  esac
}
compdef _sluice sluice
`
}

function fish(commands: readonly Words[]): string {
  const lines = commands.flatMap(({name, about, options, values}) => {
    const seen = `complete -c sluice -n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c sluice -f -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
      ...(values.length > 0 ? [`${seen} -f -a ${quoted(values.join(' '))}`] : []),
      ...options.map(option => `${seen}${fishOption(option)}`),
      `${seen} -l help`,
    ]
  })
  return `# sluice: completion for fish. Save as ~/.config/fish/completions/sluice.fish
${lines.join('\n')}
`
}

function fishOption({short, long, description, required, argChoices}: Option): string {
  const name = `${short ? ` -s ${short.slice(1)}` : ''}${long ? ` -l ${long.slice(2)}` : ''}`
  const value = argChoices ? ` -x -a ${quoted(argChoices.join(' '))}` : required ? ' -r' : ''
  return `${name}${value} -d ${quoted(description)}`
}

/** In fish, a backslash escapes a quote inside quotes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
