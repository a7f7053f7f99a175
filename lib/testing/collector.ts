import {type Bundle, releaseAll, Sink} from '../core/index.ts'

/** A sink that keeps what it gets; messages count as handled when they have arrived. */
export class Collector<T> extends Sink<T> {
  readonly values: T[] = []

  constructor(name: string) {
    super({name})
  }

  protected override get ownsLeases(): boolean {
    return true
  }

  override writeBundle(bundle: Bundle<T>): void {
    for (const value of bundle.values) this.values.push(value)
    releaseAll(bundle.leases)
  }

  override commit(): void {}
}
