/** One series of a page: its labels and its value. */
export interface Series {
  name: string
  labels: Record<string, string>
  value: number
}

/** A family of a page: what its HELP and TYPE say, and its series. */
export interface Family {
  help: string
  type: string
  series: Series[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|$)/y
const ENDINGS: Record<string, string[]> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

/**
 * Parses Prometheus' text format 0.0.4, strictly: HELP and TYPE before the series of a family, families in one piece, no
 * series twice, counters that end in `_total`, histograms that add up, a line end at the end.
 */
export function parsePage(text: string): Map<string, Family> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let current: {name: string; family: Family} | undefined
  for (const line of text.split('\n').slice(0, -1)) {
    const help = line.match(new RegExp(`^# HELP (${NAME}) (.*)$`))
    if (help) {
      if (families.has(help[1]!)) throw new Error(`${help[1]} is in two pieces`)
      current = {name: help[1]!, family: {help: help[2]!, type: '', series: []}}
      families.set(current.name, current.family)
      continue
    }
    const type = line.match(new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`))
    if (type) {
      if (!current || type[1] !== current.name || current.family.series.length > 0)
        throw new Error(`out of place: ${line}`)
      current.family.type = type[2]!
      continue
    }
    const sample = line.match(SAMPLE)
    if (!sample || !current) throw new Error(`no line of the format: ${line}`)
    const {name, family} = current
    const endings = ENDINGS[family.type]
    if (!endings) throw new Error(`${name} has no TYPE`)
    const fits = endings.some(ending => sample[1] === (ending === '_total' ? name : name + ending))
    if (!fits || (family.type === 'counter' && !name.endsWith('_total'))) throw new Error(`wrong name: ${line}`)
    const labels = labelsOf(sample[2] ?? '')
    const key = sample[1] + JSON.stringify(Object.entries(labels).sort())
    if (seen.has(key)) throw new Error(`twice: ${line}`)
    seen.add(key)
    family.series.push({name: sample[1]!, labels, value: numberOf(sample[3]!)})
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family)
  return families
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const label = LABEL.exec(text)
    if (!label) throw new Error(`no labels: ${text}`)
    labels[label[1]!] = label[2]!.replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c))
  }
  return labels
}

function numberOf(text: string): number {
  if (/^[+-]Inf$/.test(text)) return text === '+Inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  if (text !== 'NaN' && !/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) throw new Error(`no number: ${text}`)
  return Number(text)
}

function checkHistogram(name: string, {series}: Family): void {
  const groups = new Map<string, Series[]>()
  for (const one of series) {
    const {le: _, ...rest} = one.labels
    const key = JSON.stringify(rest)
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  for (const group of groups.values()) {
    const buckets = group.filter(one => one.name === `${name}_bucket`)
    const bounds = buckets.map(one => numberOf(one.labels['le']!))
    const counts = buckets.map(one => one.value)
    const count = group.find(one => one.name === `${name}_count`)?.value
    const rises = (values: number[]) => values.every((value, i) => i === 0 || value >= values[i - 1]!)
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count) throw new Error(`${name}: no +Inf`)
    if (!rises(bounds) || !rises(counts)) throw new Error(`${name}: buckets do not add up`)
    if (!group.some(one => one.name === `${name}_sum`)) throw new Error(`${name}: no sum`)
  }
}

/** The value of the one series of a family that has these labels; undefined when there is none. */
export function valueIn(text: string, family: string, labels: Record<string, string>): number | undefined {
  const found = (parsePage(text).get(family)?.series ?? []).filter(one =>
    Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )
  if (found.length > 1) throw new Error(`${found.length} series of ${family} have ${JSON.stringify(labels)}`)
  return found[0]?.value
}
