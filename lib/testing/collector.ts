import {type Bundle, type PaneInfo, releaseAll, Sink, type WindowSlot} from '../core/index.ts'

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

/** A value with its windows and pane; without a grouping there is no pane, and usually no window. */
export interface Placed<out T> {
  readonly value: T
  readonly windows: WindowSlot | undefined
  readonly pane: PaneInfo | undefined
}

/** A collector that keeps the windows and panes too. */
export class PlacedCollector<T> extends Collector<T> {
  readonly placed: Placed<T>[] = []

  override writeBundle(bundle: Bundle<T>): void {
    const {values, windows, panes} = bundle
    for (let i = 0; i < values.length; i++)
      this.placed.push({value: values[i]!, windows: windows?.[i], pane: panes?.[i]})
    super.writeBundle(bundle)
  }
}
