import {type Bundle, BundleStage, type DoFn, STAGE_OPTION_NAMES, type StageOptions} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'

class Reshuffle<I> extends BundleStage<I, I> {
  static override readonly name = 'reshuffle'

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    this.hand(bundle)
    this.advance(watermark)
    this.whenRoom(done)
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.passBarrier(bundle)
    done()
  }

  protected override async finishInput(): Promise<void> {}

  protected override abort(): void {}
}

/**
 * A DoFn that hands everything on as it is: the place in a pipeline where a runner with several workers spreads elements over them.
 *
 * In one process there is nothing to spread, so nothing is sorted, copied, shuffled or kept: elements, ids, timestamps, windows, leases and
 * their order stay. Use it to say, in a pipeline that may run elsewhere, that the steps after it need not run where the ones
 * before it do. To work on several elements at a time, give the next step `concurrency`.
 *
 * @param options `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * await chain(create(['a.csv', 'b.csv']), reshuffle(), readAllFromText(), writeToStdout())
 */
export function reshuffle<I>(options: StageOptions = {}): DoFn<I, I> {
  checkOptionNames(options?.name ?? 'reshuffle', options, STAGE_OPTION_NAMES)
  return new Reshuffle<I>(options) as unknown as DoFn<I, I>
}
