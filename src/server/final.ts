/**
 * An error that asking again cannot cure: nothing changes until the inputs do. The queue says it once and does not
 * retry; the next wake of the repository tries again.
 */
export class Final extends Error {
  override readonly name = 'Final'
}
