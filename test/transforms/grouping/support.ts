import {type Bundle, Sink} from '../../../lib/core/index.ts'

/** Keeps the bundles that it is given. */
export class BundleSink extends Sink<unknown> {
  readonly bundles: Bundle<unknown>[] = []

  get values(): unknown[] {
    return this.bundles.flatMap(({values}) => values)
  }

  get ids(): (string | undefined)[] {
    return this.bundles.flatMap(({ids, values}) => values.map((_, i) => ids?.at(i)))
  }

  override writeBundle(bundle: Bundle<unknown>): void {
    this.bundles.push(bundle)
  }
  override commit(): void {}
}
