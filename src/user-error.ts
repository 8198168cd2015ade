/** Something that a person can mend: what was attempted, what is wrong, what to do. Shown as it is, without a stack. */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}
