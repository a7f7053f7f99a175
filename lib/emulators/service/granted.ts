/** The permissions for which `authorize` does not throw: the answer of testIamPermissions. */
export function grantedOf(asked: readonly string[], authorize: (permission: string) => void): string[] {
  return asked.filter(permission => {
    try {
      authorize(permission)
      return true
    } catch {
      return false
    }
  })
}
