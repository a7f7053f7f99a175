// What users must not write of `stage.info`; checked by `tsc --noEmit`, never run.
import type {StageInfo} from '../../lib/index.ts'
import {create, map, readFromPubSub, Source, systemClock, writeToPubSub} from '../../lib/index.ts'

const source = readFromPubSub({subscription: 's'})
const sink = writeToPubSub({topic: 't'})
const infos: StageInfo[] = [source.info, create([1]).info, map((x: number) => x).info, sink.info]
for (const info of infos) {
  const name: string = info.name
  const fed: ReadonlySet<StageInfo> = info.upstream
  const counts: Record<string, number> = {...info.metrics.extra, ...info.observe?.()}
  void [name, fed, counts]

  // @ts-expect-error the name is given at construction, or by apply()
  info.name = 'other'
  // @ts-expect-error
  info.leased = true
  // @ts-expect-error
  info.clock = systemClock
  // @ts-expect-error
  info.logger = console
  // @ts-expect-error
  info.target = undefined
  // @ts-expect-error
  info.watermark = 5
  // @ts-expect-error links are made by pipe()
  info.upstream.add(info)
  // @ts-expect-error
  info.downstream.clear()
  // @ts-expect-error
  info.metrics = source.info.metrics
}

class Mine extends Source<number> {
  constructor() {
    // @ts-expect-error what a connector declares is made by stageDescriptor()
    super({}, {leased: true})
  }
  *bundles() {
    yield [1]
  }
}
void Mine
