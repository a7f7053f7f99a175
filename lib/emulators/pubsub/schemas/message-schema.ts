/** What the messages of a topic must be; each throws an error that says what is wrong. */
export interface MessageSchema {
  checkJson(text: string): void
  checkBinary(bytes: Buffer): void
}
