import {type Bundle, releaseAll, Sink, type StageOptions} from '../core/index.ts'

class Discard extends Sink<unknown> {
  static override readonly name = 'discard'

  protected override get ownsLeases(): boolean {
    return true
  }

  override writeBundle(bundle: Bundle<unknown>): void {
    const {extra} = this.info.metrics
    extra['discarded'] = (extra['discarded'] ?? 0) + bundle.values.length
    releaseAll(bundle.leases)
  }

  override commit(): void {}
}

/**
 * A sink that drops and counts its elements (`discarded` in its metrics); a dropped message counts as handled.
 *
 * @example
 * const parse = map((line: string) => JSON.parse(line), {onError: deadLetter('bad')})
 * parse.tagged('bad').pipe(discard())
 */
export function discard(options?: StageOptions): Sink<unknown> {
  return new Discard(options)
}
