import type { Action, Proposal } from '../model.ts'

/** An action that was done; `number` is that of the pull request that it opened, null when it opened none. */
export type Done = { readonly action: Action; readonly number: number | null }

type Of<D extends Action['do']> = Extract<Action, { do: D }>

function opened({ pullRequest, memory }: Of<'open'>, number: number, now: Date): Proposal {
  const { title, branch, body, labels } = pullRequest
  const at = now.toISOString()
  return {
    number,
    branch,
    base: '',
    state: 'open',
    draft: false,
    title,
    body,
    labels,
    head: '',
    memory,
    forgotten: false,
    humanCommit: null,
    openedAt: at,
    updatedAt: at,
    closedAt: null,
    mergedAt: null,
    mergeCommit: null,
    ci: { kind: 'none' },
  }
}

function changed(proposal: Proposal, action: Action): Proposal {
  if (action.do === 'update') {
    const { memory, pullRequest } = action
    return { ...proposal, memory, labels: pullRequest.labels, head: '' }
  }
  if (action.do === 'remember') return { ...proposal, memory: action.memory, labels: action.pullRequest.labels }
  return action.do === 'close' ? { ...proposal, memory: action.memory, state: 'closed' } : proposal
}

/**
 * Our pull requests as the next look will find them, as far as we know it: what is written about them in this pass is then the same in
 * the next one. Heads that moved are ''.
 */
export function afterwards(proposals: readonly Proposal[], done: readonly Done[], now: Date): readonly Proposal[] {
  const tended = proposals.map(proposal =>
    done
      .filter(({ action }) => 'number' in action && action.number === proposal.number && action.do !== 'dashboard')
      .reduce((before, { action }) => changed(before, action), proposal),
  )
  const fresh = done.flatMap(({ action, number }) =>
    action.do === 'open' && number !== null ? [opened(action, number, now)] : [],
  )
  return [...tended, ...fresh]
}
