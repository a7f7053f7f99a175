/**
 * A 32-bit hash of a key. Different seeds give independent hashes, so that keys that fell into one partition are spread when it
 * is split again.
 */
export function hashOf(key: string | number, seed = 0): number {
  let hash = seed ^ 0x9e3779b9
  if (typeof key === 'number' && (key | 0) === key) hash = Math.imul(hash ^ key, 0x85ebca6b)
  else {
    const text = typeof key === 'string' ? key : String(key)
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  // the finalizer of MurmurHash3: every bit of the key changes every bit of the hash
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
