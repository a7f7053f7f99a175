/** The regular expression of RE2 that a pattern of LIKE stands for, with the flag `s`; undefined if the pattern ends in a backslash. */
export function likeRegex(pattern: string): string | undefined {
  let regex = ''
  const chars = [...pattern]
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!
    if (char === '%') regex += '.*'
    else if (char === '_') regex += '.'
    else {
      const literal = char === '\\' ? chars[++at] : char
      if (literal === undefined) return undefined
      regex += literal.replace(/[\\^$.|?*+()[\]{}]/, '\\$&')
    }
  }
  return regex
}
