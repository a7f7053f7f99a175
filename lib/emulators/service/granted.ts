/** Those of the permissions asked about that `authorize` does not throw for: what testIamPermissions answers. */
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
