import {PassThrough} from 'node:stream'
import {expect} from 'chai'
import {type LoggerOptions, openLogger} from '../../lib/monitor/index.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`

/** What a logger with these options writes. */
async function logged(options: LoggerOptions, log: (logger: Awaited<ReturnType<typeof openLogger>>) => void) {
  const destination = new PassThrough({encoding: 'utf8'})
  const logger = await openLogger({...options, destination})
  log(logger)
  destination.end()
  let text = ''
  for await (const chunk of destination) text += chunk
  return text
}

const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

describe('the logger of a run', () => {
  it('writes a JSON object a line: severity, time, message, step and the ids of the trace', async () => {
    const text = await logged({traceparent: TRACEPARENT, facts: {job: 'orders'}}, logger =>
      logger.warn('slow', {stage: 'Read', retries: 2}),
    )
    const [line] = parsed(text)
    expect(line!['time']).to.match(/^\d{4}-\d\d-\d\dT.*Z$/)
    expect({...line, time: undefined}).to.deep.equal({
      ...{severity: 'WARNING', message: 'slow', step: 'Read', retries: 2, job: 'orders', time: undefined},
      ...{traceId: TRACE, spanId: 'b7ad6b7169203331'},
    })
  })

  it('leaves out what is below its level', async () => {
    const all = (logger: Awaited<ReturnType<typeof openLogger>>) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
    }
    expect(parsed(await logged({}, all)).map(({severity}) => severity)).to.deep.equal(['INFO', 'WARNING', 'ERROR'])
    expect(parsed(await logged({level: 'error'}, all)).map(({message}) => message)).to.deep.equal(['error'])
  })

  it('takes no ids of a traceparent that is not one', async () => {
    const [line] = parsed(await logged({traceparent: 'x'}, logger => logger.info('a')))
    expect(line).to.not.have.any.keys('traceId', 'spanId')
  })

  it('cuts elements at 1,024 bytes, and leaves them out with `elements: false`', async () => {
    const log = (logger: Awaited<ReturnType<typeof openLogger>>) =>
      logger.error('bad', {element: {name: 'x'.repeat(5000)}, count: 1})
    const [cut] = parsed(await logged({}, log))
    expect(Buffer.byteLength(cut!['element'] as string)).to.be.within(1024, 1050)
    expect(cut!['element']).to.match(/x… \(5011 bytes\)$/)
    const [without] = parsed(await logged({elements: false}, log))
    expect(without).to.include({message: 'bad', count: 1}).and.not.have.any.keys('element')
  })

  it('writes lines for people with `pretty`', async () => {
    const destination = new PassThrough({encoding: 'utf8'})
    const shown = new Promise(resolve => destination.once('data', resolve))
    const logger = await openLogger({format: 'pretty', destination})
    logger.warn('slow', {stage: 'Read'})
    expect(await shown).to.match(/^\[\d\d:\d\d:\d\d\] WARN: slow \{"step":"Read"\}\n$/)
  })

  it('writes what JSON cannot hold as text, and never throws for it', async () => {
    const loop: Record<string, unknown> = {n: 1n, nan: Number.NaN, at: new Error('why')}
    loop['self'] = loop
    const [line] = parsed(await logged({}, logger => logger.error('bad', {loop, error: new Error('why')})))
    expect(line!['error']).to.match(/^Error: why\n {4}at /)
    expect(line!['loop']).to.include({n: '1', nan: 'NaN'})
  })

  it('is in one line whatever the message and its facts hold, in both formats', async () => {
    for (const format of ['json', 'pretty'] as const) {
      const text = await logged({format}, logger => logger.warn('a\x1b[31m\u2028b', {x: 'c\nd\x07'}))
      expect(text.trimEnd().split('\n'), format).to.have.length(1)
      expect(text).to.not.match(/[\x07\x1b]/)
    }
  })

  it('colours the level with `colors`', async () => {
    const text = await logged({format: 'pretty', colors: true}, logger => logger.error('bad'))
    expect(text).to.match(/^\[\d\d:\d\d:\d\d\] \x1b\[31mERROR\x1b\[39m: bad\n$/)
  })

  it('refuses what it does not know', async () => {
    const error = await openLogger({format: 'xml' as never}).catch(cause => cause as Error)
    expect(error).to.have.property('code', 'ERR_SLUICE_OPTION')
  })
})
