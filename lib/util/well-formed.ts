/** True for text that has a UTF-8 form. Half a surrogate pair has none: it would be written as U+FFFD. */
export function isWellFormed(text: string): boolean {
  return (text as string & {isWellFormed(): boolean}).isWellFormed()
}
