/** Thrown by {@link Bits} when there are no more bits. */
export const RAN_OUT = new Error('it ends in the middle')

/** A failure of the input, as opposed to damaged data. */
export class InputError extends Error {}

/** The bits of an input, most significant first. A part that runs out of bits is run again once there are more. */
export class Bits {
  readonly #input: AsyncIterator<Buffer>
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** The last bits taken from the bytes; `count` of them are unread. */
  #held = 0
  #count = 0
  #ended = false

  constructor(input: AsyncIterator<Buffer>) {
    this.#input = input
  }

  /** Runs `part` with at least so many bytes available, if the input has them. */
  async attempt<T>(bytes: number, part: (bits: this) => T): Promise<T> {
    for (let wanted = bytes; ; wanted *= 2) {
      await this.#fill(wanted)
      const [at, held, count] = [this.#at, this.#held, this.#count]
      try {
        return part(this)
      } catch (error) {
        if (error !== RAN_OUT || this.#ended) throw error
        this.#at = at
        this.#held = held
        this.#count = count
      }
    }
  }

  async atEnd(): Promise<boolean> {
    await this.#fill(1)
    return this.#at >= this.#bytes.length
  }

  async close(): Promise<void> {
    await this.#input.return?.()
  }

  /** Reads up to 24 bits. */
  read(count: number): number {
    if (this.#count < count) this.prepare()
    if (this.#count < count) throw RAN_OUT
    this.#count -= count
    return (this.#held >>> this.#count) & ((1 << count) - 1)
  }

  /** Reads 32 bits, as an unsigned number. */
  read32(): number {
    return this.read(16) * 0x10000 + this.read(16)
  }

  /** The next bits, which `skip` consumes; fewer than `count` are available only at the end of the input. */
  peek(count: number): number {
    return this.#count >= count
      ? (this.#held >>> (this.#count - count)) & ((1 << count) - 1)
      : (this.#held << (count - this.#count)) & ((1 << count) - 1)
  }

  skip(count: number): void {
    if (this.#count < count) throw RAN_OUT
    this.#count -= count
  }

  /** Makes at least 24 bits available, if the input has them. */
  prepare(): void {
    while (this.#count < 24 && this.#at < this.#bytes.length) {
      this.#held = (this.#held << 8) | this.#bytes[this.#at++]!
      this.#count += 8
    }
  }

  /** Skips to the next whole byte. At least 32 bits must have been read since `attempt` began. */
  align(): void {
    this.#count -= this.#count % 8
    // whole bytes are given back, so that the end of the input is noticed
    this.#at -= this.#count / 8
    this.#count = 0
  }

  async #fill(wanted: number): Promise<void> {
    let held = this.#bytes.length - this.#at
    if (this.#ended || held >= wanted) return
    const chunks = [this.#bytes.subarray(this.#at)]
    while (held < wanted && !this.#ended) {
      const next = await this.#input.next().catch(cause => {
        throw new InputError('', {cause})
      })
      if (next.done) this.#ended = true
      else held += chunks[chunks.push(next.value) - 1]!.length
    }
    this.#bytes = Buffer.concat(chunks)
    this.#at = 0
  }
}
