/** A heap of the best items, whose worst is at index 0. */
type BestHeap<T> = T[]

/** Whether the first item comes before the second. */
type IsBetter<T> = (a: T, b: T) => boolean

/** Adds an item, which must be better than the worst one if the heap is full: that is dropped. */
export function keep<T>(heap: BestHeap<T>, item: T, limit: number, isBetter: IsBetter<T>): void {
  if (heap.length < limit) {
    heap.push(item)
    siftUp(heap, isBetter)
  } else {
    heap[0] = item
    siftDown(heap, isBetter)
  }
}

function siftUp<T>(heap: BestHeap<T>, isBetter: IsBetter<T>): void {
  let i = heap.length - 1
  const item = heap[i]!
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!isBetter(heap[parent]!, item)) break
    heap[i] = heap[parent]!
    i = parent
  }
  heap[i] = item
}

function siftDown<T>(heap: BestHeap<T>, isBetter: IsBetter<T>): void {
  const item = heap[0]!
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBetter(heap[child]!, heap[child + 1]!)) child++
    if (!isBetter(item, heap[child]!)) break
    heap[i] = heap[child]!
    i = child
  }
  heap[i] = item
}
