/** True for text that UTF-8 can represent. Half a surrogate pair would be written as U+FFFD. */
export function isWellFormed(text: string): boolean {
  return (text as string & {isWellFormed(): boolean}).isWellFormed()
}
