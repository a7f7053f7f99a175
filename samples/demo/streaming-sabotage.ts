// Loaded before samples/streaming.ts: drops the messages whose ids are in the variable DROP, as a faulty DoFn would.
import {MyStreamProcessing} from '../flights.ts'

const dropped = new Set((process.env['DROP'] ?? '').split(',').map(Number))
const parse = MyStreamProcessing.prototype.process
MyStreamProcessing.prototype.process = function* (data) {
  for (const flight of parse.call(this, data)) if (!dropped.has(flight.id)) yield flight
}
