import {truncate} from 'node:fs/promises'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {readFromCsv, readFromText} from '../../../lib/index.ts'
import {contentOf, failureOf, noise} from '../../files/fixtures.ts'
import {contract} from './targets.ts'

const MiB = 2 ** 20

contract('reading', promise => {
  promise('a file is read whole, however large it is', async target => {
    const folder = await target.folder()
    const bytes = noise(9 * MiB + 17)
    await folder.put('big', bytes)
    const [file] = await target.files.match(`${folder.path}big`)
    expect(file!.size).to.equal(bytes.length)
    expect((await contentOf(target.files, file!)).equals(bytes)).to.equal(true)
  })

  promise('a large file comes in chunks that are no larger than a MiB', async target => {
    const folder = await target.folder()
    await folder.put('big', noise(9 * MiB))
    const [file] = await target.files.match(`${folder.path}big`)
    let largest = 0
    for await (const chunk of target.files.open(file!)) largest = Math.max(largest, chunk.length)
    expect(largest).to.be.within(1, MiB)
  })

  promise('an empty file has no bytes', async target => {
    const folder = await target.folder()
    await folder.put('empty', '')
    const [file] = await target.files.match(`${folder.path}empty`)
    expect(file!.size).to.equal(0)
    expect(await contentOf(target.files, file!)).to.have.length(0)
    expect(await readFromText(`${folder.path}empty`, target.options).toArray()).to.deep.equal([])
  })

  for (const start of [1, 3 * MiB - 1, 3 * MiB])
    promise(`a file is read from byte ${start} of ${3 * MiB} on`, async target => {
      const folder = await target.folder()
      const bytes = noise(3 * MiB)
      await folder.put('a', bytes)
      const [file] = await target.files.match(`${folder.path}a`)
      expect((await contentOf(target.files, file!, start)).equals(bytes.subarray(start))).to.equal(true)
    })

  promise('several may be read at once', async target => {
    const folder = await target.folder()
    const all = Array.from({length: 5}, () => noise(MiB))
    await Promise.all(all.map((bytes, i) => folder.put(String(i), bytes)))
    const files = await target.files.match(`${folder.path}*`)
    const read = await Promise.all(files.map(file => contentOf(target.files, file)))
    expect(read.every((bytes, i) => bytes.equals(all[i]!))).to.equal(true)
  })

  promise('a consumer that stops early ends the read', async target => {
    const folder = await target.folder()
    await folder.put('big', noise(5 * MiB))
    const [file] = await target.files.match(`${folder.path}big`)
    for await (const chunk of target.files.open(file!)) {
      expect(chunk.length).to.be.greaterThan(0)
      break
    }
    expect(await contentOf(target.files, file!)).to.have.length(5 * MiB)
  })

  promise('an abort ends the read with its reason', async target => {
    const folder = await target.folder()
    await folder.put('big', noise(5 * MiB))
    const [file] = await target.files.match(`${folder.path}big`)
    const abort = new AbortController()
    const reason = new Error('enough')
    const read = async () => {
      for await (const _ of target.files.open(file!, {signal: abort.signal})) abort.abort(reason)
    }
    let thrown: unknown
    await read().catch(error => {
      thrown = error
    })
    expect(thrown).to.equal(reason)
  })

  promise('a file that is gone when it is opened is an error that names it', async target => {
    const folder = await target.folder()
    await folder.put('a', 'hello')
    const [file] = await target.files.match(`${folder.path}a`)
    await folder.remove('a')
    const error = await failureOf(contentOf(target.files, file!))
    expect(error.code).to.be.oneOf(['ERR_SLUICE_READ', 'ERR_SLUICE_OBJECT_CHANGED'])
    expect(error.message).to.include(`${folder.path}a`)
  })

  promise(
    'a file that is cut short while it is read is an error',
    async target => {
      const folder = await target.folder()
      await folder.put('a', noise(3 * MiB))
      const [file] = await target.files.match(`${folder.path}a`)
      const read = async () => {
        for await (const _ of target.files.open(file!)) await truncate(file!.path, MiB)
      }
      const error = await failureOf(read())
      expect(error).to.include({code: 'ERR_SLUICE_READ'})
      expect(error.message)
        .to.include(file!.path)
        .and.to.include(`had ${3 * MiB} when it was matched`)
    },
    {on: 'disk'},
  )

  promise(
    'an object that was overwritten before it is opened is an error, not the new content',
    async target => {
      const folder = await target.folder()
      await folder.put('a', 'old')
      const [file] = await target.files.match(`${folder.path}a`)
      await folder.put('a', 'new')
      expect((await failureOf(contentOf(target.files, file!))).code).to.equal('ERR_SLUICE_OBJECT_CHANGED')
    },
    {on: 'gs'},
  )

  promise(
    'an object that is overwritten while it is read is whole in the version that was matched',
    async target => {
      const folder = await target.folder()
      const old = noise(9 * MiB)
      await folder.put('a', old)
      const [file] = await target.files.match(`${folder.path}a`)
      const chunks: Buffer[] = []
      for await (const chunk of target.files.open(file!)) {
        if (chunks.push(chunk) === 1) await folder.put('a', noise(9 * MiB))
      }
      expect(Buffer.concat(chunks).equals(old)).to.equal(true)
    },
    {on: 'gs'},
  )

  promise(
    'what is matched has the CRC32C of the content',
    async target => {
      const folder = await target.folder()
      await folder.put('a', 'hello')
      expect((await target.files.match(`${folder.path}a`))[0]!.crc32c).to.equal('mnG7TA==')
      expect((await target.files.match(`${folder.path}*`))[0]!.crc32c).to.equal('mnG7TA==')
    },
    {on: 'gs'},
  )

  const text = 'héllo\nwörld\n'
  const lines = ['héllo', 'wörld']

  for (const name of ['a.txt', 'a.txt.gz', 'a'])
    promise(`gzip is unzipped once whatever it is called: ${name}`, async target => {
      const folder = await target.folder()
      await folder.put(name, gzipSync(text))
      expect(await readFromText(folder.path + name, target.options).toArray()).to.deep.equal(lines)
    })

  promise('text that is only called .gz is read as it is', async target => {
    const folder = await target.folder()
    await folder.put('a.gz', text)
    expect(await readFromText(`${folder.path}a.gz`, target.options).toArray()).to.deep.equal(lines)
  })

  promise(
    'an object with Content-Encoding: gzip is unzipped once',
    async target => {
      const folder = await target.folder()
      await folder.put('a.csv', gzipSync('id,n\na,1\nb,2\n'), {contentEncoding: 'gzip', contentType: 'text/csv'})
      const rows = await readFromCsv(`${folder.path}a.csv`, target.options).toArray()
      expect(rows).to.deep.equal([
        {id: 'a', n: '1'},
        {id: 'b', n: '2'},
      ])
    },
    {on: 'gs'},
  )

  promise(
    'a .gz that was uploaded with Content-Encoding: gzip is unzipped to the end',
    async target => {
      const folder = await target.folder()
      await folder.put('a.txt.gz', gzipSync(gzipSync(text)), {contentEncoding: 'gzip'})
      expect(await readFromText(`${folder.path}a.txt.gz`, target.options).toArray()).to.deep.equal(lines)
    },
    {on: 'gs'},
  )

  promise(
    'the stored bytes of an object with Content-Encoding: gzip are what open gives',
    async target => {
      const folder = await target.folder()
      const zipped = gzipSync(noise(2 * MiB))
      await folder.put('a', zipped, {contentEncoding: 'gzip'})
      const [file] = await target.files.match(`${folder.path}a`)
      expect(file).to.include({contentEncoding: 'gzip', size: zipped.length})
      expect((await contentOf(target.files, file!)).equals(zipped)).to.equal(true)
    },
    {on: 'gs'},
  )

  promise(
    'a part of an object with Content-Encoding: gzip is a part of its stored bytes',
    async target => {
      const folder = await target.folder()
      const zipped = gzipSync(noise(2 * MiB))
      await folder.put('a', zipped, {contentEncoding: 'gzip'})
      const [file] = await target.files.match(`${folder.path}a`)
      expect((await contentOf(target.files, file!, MiB)).equals(zipped.subarray(MiB))).to.equal(true)
    },
    {on: 'gs'},
  )

  promise('damaged gzip is an error that names the file', async target => {
    const folder = await target.folder()
    const zipped = gzipSync(noise(MiB))
    await folder.put('a', zipped.subarray(0, MiB / 2))
    const error = await failureOf(readFromText(`${folder.path}a`, target.options).toArray())
    expect(error.code).to.equal('ERR_SLUICE_ENCODING')
    expect(error.message).to.include(`${folder.path}a`)
  })

  promise('the lines of many files come file after file', async target => {
    const folder = await target.folder()
    const names = Array.from({length: 200}, (_, i) => `${String(i).padStart(3, '0')}.txt`)
    await folder.fill(names)
    expect(await readFromText(`${folder.path}*`, target.options).toArray()).to.deep.equal(names)
  })
})
