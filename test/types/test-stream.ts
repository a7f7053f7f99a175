// What must and what must not compile: TestStream, and assertThat about windows and panes.
import type {PCollection} from '../../lib/index.ts'
import {timestamped} from '../../lib/index.ts'
import {assertThat, TestStream} from '../../lib/testing/index.ts'

interface Click {
  user: string
}

const clicks = new TestStream<Click, {orders: number}>()
  .addElements([{user: 'ada'}, timestamped({user: 'bob'}, 1)])
  .addElements([1, timestamped(2, 3)], {tag: 'orders'})
  .advanceWatermarkTo(10)
  .advanceWatermarkTo(new Date(20), {tag: 'orders'})
  .advanceProcessingTime('1m')
  .advanceWatermarkToInfinity()

// @ts-expect-error: not a Click
clicks.addElements([{name: 'ada'}])
// @ts-expect-error: not a Click with a timestamp
clicks.addElements([timestamped(1, 2)])
// @ts-expect-error: orders are numbers
clicks.addElements([{user: 'ada'}], {tag: 'orders'})
// @ts-expect-error: no such output
clicks.advanceWatermarkTo(30, {tag: 'order'})
// @ts-expect-error: not a time
clicks.advanceWatermarkTo('30')

const orders: AsyncIterable<number> = clicks.tagged('orders')
void orders

const checked: Promise<void> = assertThat(clicks)
  .inWindow({start: 0, end: new Date(10)})
  .inOnTimePane()
  .equalTo([{user: 'ada'}])
void checked
// @ts-expect-error: not a Click
void assertThat(clicks).inLatePane().containsInAnyOrder([1])
// @ts-expect-error: a window has an end
assertThat(clicks).inWindow({start: 0})

declare const collection: PCollection<Click>
// a step that the run waits for
const step: undefined | void = assertThat(collection).inFinalPane().isEmpty()
void step
// @ts-expect-error: nothing to wait for
const promised: Promise<void> = assertThat(collection).inFinalPane().isEmpty()
void promised
