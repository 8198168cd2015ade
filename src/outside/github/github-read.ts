import type { Octokit } from '@octokit/rest'

/** One repository of one installation, and who we are there. */
export type Site = {
  readonly octokit: Octokit
  readonly owner: string
  readonly name: string
  /** Our login in this installation, `windlass[bot]`. */
  readonly login: string
  /** Signs commits and memories. */
  readonly key: string
}
