/** A key and its value, as `withKeys` makes them and `keys`, `values` and `kvSwap` take them. */
export type KV<K, V> = readonly [key: K, value: V]
