/** The value of an attribute of a message, not of what every object inherits, such as `constructor`. */
export function attributeOf(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined
}
