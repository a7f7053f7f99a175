import {type Bundle, releaseAll, Sink} from '../../core/index.ts'

/** Reads a main output that no step reads, as Beam does: a stage whose output stands still would never end. */
export class Unread extends Sink<unknown> {
  constructor(step: string) {
    super({name: `${step} (unread)`})
  }
  protected override get ownsLeases(): boolean {
    return true
  }

  override writeBundle(bundle: Bundle<unknown>): void {
    releaseAll(bundle.leases)
  }
  override commit(): void {}
}
