// What both contestants share: the message and the user's function.
export const SCHEMA = 'id:INTEGER,sent:FLOAT,city:STRING,amount:FLOAT,gross:FLOAT'
export const MAX_OUTSTANDING = 1000
const CITIES = ['Lisbon', 'Oslo', 'Kyoto', 'Quito', 'Perth', 'Turin']

export interface Row {
  id: number
  /** When it was published, ms since the epoch. */
  sent: number
  city: string
  amount: number
  gross: number
}

/** About 120 bytes of JSON. */
export function message(id: number, sent: number): Buffer {
  const note = `order ${id} of customer ${id % 9973}`
  return Buffer.from(JSON.stringify({id, sent, city: CITIES[id % CITIES.length], amount: (id % 10_000) / 100, note}))
}

export function toRow(data: Buffer): Row {
  const {id, sent, city, amount} = JSON.parse(data.toString())
  return {id, sent, city: city.toUpperCase(), amount, gross: Math.round(amount * 119) / 100}
}
