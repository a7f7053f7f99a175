import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../lib/core/index.ts'
import type {FaultAction} from '../../../lib/emulators/index.ts'
import {Files} from '../../../lib/files/match/files.ts'
import {readFromText} from '../../../lib/index.ts'
import {contentOf, failureOf, noise, STALL, TestClock} from '../../files/fixtures.ts'
import {contract, type Folder, type Target} from './targets.ts'

const KiB = 1024
const SIZE = 600 * KiB
const LINES = Array.from({length: SIZE / 60}, (_, i) => `${String(i).padStart(8, '0')}${'x'.repeat(51)}`)
const TEXT = LINES.map(line => `${line}\n`).join('')

/** Ways in which a read breaks, at a byte. */
const BREAKS: Record<string, (at: number) => FaultAction> = {
  'a reset': afterBytes => ({kind: 'reset', afterBytes}),
  'an orderly end of the connection': afterBytes => ({kind: 'fin', afterBytes}),
  'a complete but short body': afterBytes => ({kind: 'truncate', afterBytes}),
  'a connection that falls silent': afterBytes => ({kind: 'stall', afterBytes}),
}

/** Reads lines; pauses between tries pass at once, and a connection that has fallen silent is given up then. */
async function linesOf({options, cloud}: Target, path: string, cuts: readonly number[] = []): Promise<string[]> {
  const source = readFromText(path, {...options, stallTimeout: STALL, logger: silentLogger})
  const clock = new TestClock()
  useClock(source.info, clock)
  let given = 0
  // Looked for rather than waited for: a time-out in real time would now and then hit a connection that is only slow.
  const looking = setInterval(() => {
    const reads = cloud.log.of({call: 'objects.media'})
    const last = reads.at(-1)
    const isSilent = last?.faults.includes('stall') && last.replyBytes === cuts[reads.length - 1]
    if (!isSilent || reads.length === given || clock.stalls === 0) return
    given = reads.length
    clock.stall()
  }, 1)
  return source.toArray().finally(() => clearInterval(looking))
}

/** Stores the lines as text, as gzip, and as text that the service unzips for those who cannot. */
const FORMS: Record<string, (folder: Folder) => Promise<number>> = {
  text: async folder => {
    await folder.put('a', TEXT)
    return TEXT.length
  },
  gzip: async folder => {
    // Not compressed, so that it is long enough to be broken in the middle.
    const zipped = gzipSync(TEXT, {level: 0})
    await folder.put('a', zipped)
    return zipped.length
  },
  'Content-Encoding: gzip': async folder => {
    const zipped = gzipSync(TEXT, {level: 0})
    await folder.put('a', zipped, {contentEncoding: 'gzip'})
    return zipped.length
  },
}

contract('broken reads', promise => {
  const on = {on: 'local cloud'} as const

  for (const [form, store] of Object.entries(FORMS))
    for (const [what, fault] of Object.entries(BREAKS))
      promise(
        `${what}, wherever it comes, costs no line and gives none twice: ${form}`,
        async target => {
          const folder = await target.folder()
          const size = await store(folder)
          const places = [0, 1, Math.floor(size / 3), size - 1]
          // A part that was read is not asked for again: each further place lies within what is left.
          const cuts = places.map((at, i) => at - (places[i - 1] ?? 0))
          cuts.forEach((at, i) => {
            target.cloud.faults.add({match: {call: 'objects.media'}, nth: i + 1, do: fault(at)})
          })
          target.cloud.log.clear()
          expect(await linesOf(target, `${folder.path}a`, cuts)).to.deep.equal(LINES)
          expect(target.cloud.log.of({call: 'objects.media'})).to.have.length(places.length + 1)
        },
        on,
      )

  for (const status of [408, 429, 500, 502, 503, 504])
    promise(
      `${status} again and again is waited out, while listing, looking up and reading`,
      async target => {
        const folder = await target.folder()
        await folder.put('a', TEXT)
        for (const call of ['objects.list', 'objects.get', 'objects.media'])
          target.cloud.faults.add({match: {call}, times: 3, do: {kind: 'status', status}})
        expect(await linesOf(target, `${folder.path}*`)).to.deep.equal(LINES)
        expect(await linesOf(target, `${folder.path}a`)).to.deep.equal(LINES)
      },
      on,
    )

  for (const [form, store] of Object.entries(FORMS))
    promise(
      `a flipped bit is an error, not a line: ${form}`,
      async target => {
        const folder = await target.folder()
        await store(folder)
        target.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'corrupt', atByte: SIZE - 10}})
        const error = await failureOf(linesOf(target, `${folder.path}a`))
        // What unzips notices by itself, and may do so first.
        expect(error.code).to.be.oneOf(['ERR_SLUICE_CHECKSUM', 'ERR_SLUICE_ENCODING'])
        expect(error.message).to.include(`${folder.path}a`)
      },
      on,
    )

  promise(
    'an object that is overwritten while a read is broken is an error',
    async target => {
      const folder = await target.folder()
      await folder.put('a', noise(SIZE))
      const files = new Files({...target.options, policy: {clock: new TestClock(), stallTimeout: STALL}})
      const [file] = await files.match(`${folder.path}a`)
      target.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'reset', afterBytes: SIZE / 2}})
      const read = async () => {
        let chunks = 0
        for await (const _ of files.open(file!)) if (++chunks === 1) await folder.put('a', noise(SIZE))
      }
      expect((await failureOf(read())).code).to.equal('ERR_SLUICE_OBJECT_CHANGED')
    },
    on,
  )

  promise(
    'in a bucket with versioning such a read continues in its own generation',
    async target => {
      const client = new Storage(target.cloud.clientOptions.storage)
      const [bucket] = await client.createBucket('with-versions', {versioning: {enabled: true}})
      const old = noise(SIZE)
      await bucket.file('a').save(old, {resumable: false, validation: false})
      const files = new Files({client, policy: {clock: new TestClock(), stallTimeout: STALL}})
      const [file] = await files.match('gs://with-versions/a')
      await bucket.file('a').save(noise(SIZE), {resumable: false, validation: false})
      target.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'reset', afterBytes: SIZE / 2}})
      expect((await contentOf(files, file!)).equals(old)).to.equal(true)
    },
    on,
  )

  promise(
    'an answer of another generation is an error',
    async target => {
      const folder = await target.folder()
      await folder.put('a', TEXT)
      const set = {'x-goog-generation': '1'}
      target.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'headers', set}})
      expect((await failureOf(linesOf(target, `${folder.path}a`))).code).to.equal('ERR_SLUICE_OBJECT_CHANGED')
    },
    on,
  )
})
