// The user's part of job J, the same for every contestant.

export interface InRow {
  id: string
  name: string
  email: string
  city: string
  amount: string | number
  quantity: string | number
  date: string
  note: string
  total?: number
  domain?: string
}

/** Two columns to numbers, small amounts dropped, two columns added; changes the row it is given. */
export function enrich(row: InRow): InRow | undefined {
  const amount = Number(row.amount)
  if (amount < 1) return undefined
  const quantity = Number(row.quantity)
  row.amount = amount
  row.quantity = quantity
  row.total = Math.round(amount * quantity * 100) / 100
  row.domain = row.email.slice(row.email.indexOf('@') + 1)
  return row
}

/** One CSV line into a row; enough for job J, wrong on quoted newlines. */
export function parseLine(line: string): InRow {
  let f: string[]
  if (line.indexOf('"') < 0) f = line.split(',')
  else {
    f = []
    let field = ''
    let quoted = false
    for (let i = 0; i < line.length; i++) {
      const c = line[i]!
      if (quoted) {
        if (c !== '"') field += c
        else if (line[i + 1] === '"') {
          field += '"'
          i++
        } else quoted = false
      } else if (c === '"') quoted = true
      else if (c === ',') {
        f.push(field)
        field = ''
      } else field += c
    }
    f.push(field)
  }
  return {
    id: f[0]!,
    name: f[1]!,
    email: f[2]!,
    city: f[3]!,
    amount: f[4]!,
    quantity: f[5]!,
    date: f[6]!,
    note: f[7]!,
  }
}
