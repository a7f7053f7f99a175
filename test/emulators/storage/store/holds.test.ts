import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: holds', () => {
  const local = useLocalCloud()
  const file = (name = 'a') => local.bucket.file(name)

  beforeEach(() => file().save('hello', {resumable: false}))

  for (const hold of ['temporaryHold', 'eventBasedHold'] as const)
    describe(hold, () => {
      beforeEach(() => file().setMetadata({[hold]: true}))

      const refused: [string, () => Promise<unknown>][] = [
        ['deleted', () => file().delete()],
        ['overwritten by an upload', () => file().save('x', {resumable: false})],
        [
          'overwritten by a copy',
          () =>
            file('b')
              .save('x')
              .then(() => file('b').copy(file())),
        ],
        ['moved', () => file().moveFileAtomic('b')],
        ['composed over', () => local.bucket.combine([file()], file())],
      ]
      for (const [what, call] of refused)
        it(`keeps an object from being ${what}`, async () => {
          const error = await failure(call())
          expect(error.code).to.equal(403)
          expect(error.message).to.include('my-bucket/a').and.include('hold')
          expect(String((await file().download())[0])).to.equal('hello')
        })

      it('lets metadata be changed, and the object be copied without its hold', async () => {
        await file().setMetadata({contentType: 'text/x'})
        await file().copy('b')
        expect((await file().getMetadata())[0]).to.include({contentType: 'text/x', [hold]: true})
        expect((await file('b').getMetadata())[0][hold]).not.to.equal(true)
      })

      it('ends when it is taken off', async () => {
        await file().setMetadata({[hold]: false})
        await file().delete()
        expect((await file().exists())[0]).to.equal(false)
      })
    })

  it('may come with an upload', async () => {
    await file('b').save('x', {metadata: {temporaryHold: true}})
    expect((await failure(file('b').delete())).code).to.equal(403)
  })

  it('are event-based by default where the bucket says so', async () => {
    await local.bucket.setMetadata({defaultEventBasedHold: true})
    await file('b').save('x')
    await file('c').save('x', {metadata: {eventBasedHold: false}})
    expect((await file('b').getMetadata())[0].eventBasedHold).to.equal(true)
    await file('c').delete()
  })

  it('keep noncurrent versions from being deleted', async () => {
    await local.bucket.setMetadata({versioning: {enabled: true}})
    const [{generation}] = await file().getMetadata()
    await file().save('new')
    const old = local.bucket.file('a', {generation: generation!})
    await fetch(`${local.cloud.url}/b/my-bucket/o/a?generation=${generation}`, {
      method: 'PATCH',
      body: '{"temporaryHold": true}',
    })
    expect((await failure(old.delete())).code).to.equal(403)
  })
})
