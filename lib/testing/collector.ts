import {type Bundle, releaseAll, Sink} from '../core/index.ts'

/** A sink that keeps what it receives; messages count as handled on arrival. */
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
