import type { Proposal } from '../model.ts'

/**
 * The older pull request of the same branch among open ones; a request that was under way when its pass lost the repository may have opened
 * a second one.
 */
export function elder({ branch, number }: Proposal, open: readonly Proposal[]): Proposal | undefined {
  return open.find(other => other.branch === branch && other.number < number)
}
