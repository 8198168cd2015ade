import { inSeconds, Later } from '../../server/later.ts'

/** Seconds after which GitHub's replicas agree, as a rule. */
const AGREED = 2

/** GitHub answered with what was there before something that we know to be done. */
export class Stale extends Later {
  override readonly name = 'Stale'

  constructor(message: string) {
    super(message, inSeconds(AGREED))
  }
}
