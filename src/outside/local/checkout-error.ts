import { UserError } from '../../user-error.ts'

/** A checkout that cannot be read or written as asked. */
export class CheckoutError extends UserError {
  override readonly name = 'CheckoutError'
}
