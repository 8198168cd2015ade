import { z } from 'zod'

const name = z.string().max(1000)
const branch = z.object({ ref: name })
const suite = { head_branch: name.nullish(), app: z.object({ slug: name.nullish() }).nullish() }
const pulls = z.array(z.object({ head: branch, base: branch })).default([])

/** The few fields of a webhook payload that we read (GitHub: "Webhook events and payloads"). */
export const Payload = z.object({
  action: name.optional(),
  installation: z.object({ id: z.int().positive() }).optional(),
  repository: z
    .object({
      name: z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,100}$/),
      owner: z.object({ login: z.string().regex(/^\w[\w-]{0,99}$/) }),
      default_branch: name.default('main'),
    })
    .optional(),
  sender: z.object({ login: name }).optional(),
  ref: name.nullish(),
  pull_request: z.object({ head: branch, base: branch }).optional(),
  issue: z.object({ pull_request: z.unknown().optional(), user: z.object({ login: name }).nullish() }).optional(),
  state: name.optional(),
  branches: z.array(z.object({ name })).default([]),
  check_run: z
    .object({
      app: suite.app,
      check_suite: z.object({ head_branch: suite.head_branch }).nullish(),
      pull_requests: pulls,
    })
    .optional(),
  check_suite: z.object({ ...suite, pull_requests: pulls }).optional(),
  workflow_job: z.object({ head_branch: suite.head_branch }).optional(),
  workflow_run: z.object({ head_branch: suite.head_branch }).nullish(),
  deployment: z.object({ ref: name, transient_environment: z.boolean().nullish() }).nullish(),
  deployment_status: z.object({ state: name }).nullish(),
  registry_package: z
    .object({
      package_version: z
        .object({ container_metadata: z.object({ tag: z.object({ name: name.nullish() }).nullish() }).nullish() })
        .nullish(),
    })
    .optional(),
})
export type Payload = z.infer<typeof Payload>

/** What an event asks for: a pass over its repository, over every repository of its installation, or nothing, with the reason. */
export type Decision = 'repository' | 'installation' | { readonly ignored: string }

/** Decides from the payload; `self` is our own login (`windlass[bot]`), null when unknown. */
type Decide = (payload: Payload, self: string | null) => Decision

const ignore = (ignored: string): Decision => ({ ignored })

/** One line per event that can change what we decide; every other event is answered and ignored. */
const DECIDE: ReadonlyMap<string, Decide> = new Map<string, Decide>([
  ['push', push],
  ['pull_request', pullRequest],
  ['issue_comment', issueComment],
  ['issues', issues],
  ['check_run', checkRun],
  ['check_suite', checkSuite],
  ['status', status],
  ['deployment_status', deploymentStatus],
  ['workflow_job', workflowJob],
  ['repository_dispatch', () => 'repository'],
  ['release', ({ action }) => (action === 'published' ? 'installation' : ignore('only published releases matter'))],
  ['registry_package', registryPackage],
  ['installation', installation],
  ['installation_repositories', ({ action }) => (action === 'added' ? 'installation' : ignore('repositories left'))],
  ['installation_target', () => 'installation'],
])

/** What a delivery of `event` asks for. */
export function decisionOf(event: string, payload: Payload, self: string | null): Decision {
  const decide = DECIDE.get(event)
  if (!decide) return ignore(`${event} events are not used`)
  return isEcho(event, payload, self) ? ignore('our own doing') : decide(payload, self)
}

/** Our own comments and edits, which cannot change a decision of ours. Our pushes can: they wake, and the pass finds nothing to do. */
function isEcho(event: string, { action, sender }: Payload, self: string | null): boolean {
  if (self === null || sender?.login !== self) return false
  if (event === 'issue_comment' || event === 'issues') return true
  return (
    event === 'pull_request' &&
    /^(edited|(un)?labeled|review_requested|converted_to_draft|ready_for_review)$/.test(action ?? '')
  )
}

/** The default branch says what runs, ours say what we propose; what is said about any other branch changes nothing. */
function matters(branch: string | null | undefined, { repository }: Payload): boolean {
  return branch?.startsWith('windlass/') === true || (branch !== undefined && branch === repository?.default_branch)
}

const ELSEWHERE = ignore('neither the default branch nor one of ours')

function when(condition: boolean, otherwise: Decision): Decision {
  return condition ? 'repository' : otherwise
}

function push(payload: Payload): Decision {
  const { ref } = payload
  return when(ref?.startsWith('refs/heads/') === true && matters(ref.slice('refs/heads/'.length), payload), ELSEWHERE)
}

/** Somebody else's pull request to the default branch may be a bump to review, and when it is closed it may have merged what we propose. */
function pullRequest(payload: Payload): Decision {
  const { action, pull_request } = payload
  if (!pull_request) return ignore('no pull request in it')
  if (pull_request.head.ref.startsWith('windlass/')) return 'repository'
  if (!matters(pull_request.base.ref, payload)) return ignore('a pull request to another branch')
  const tells = /^(opened|reopened|synchronize|ready_for_review|closed)$/.test(action ?? '')
  return when(tells, ignore("nothing new in somebody else's pull request"))
}

function issueComment({ action, issue }: Payload, self: string | null): Decision {
  if (action === 'deleted') return ignore('a deleted comment asks for nothing')
  return when(
    issue?.pull_request !== undefined || isOurs(issue, self),
    ignore('a comment on an issue that is not ours'),
  )
}

/** The dashboard: boxes are ticked by editing it, and closing it asks us to be quiet. */
function issues({ action, issue }: Payload, self: string | null): Decision {
  if (!/^(edited|closed|reopened)$/.test(action ?? '')) return ignore(`an issue that was ${word(action)}`)
  return when(isOurs(issue, self), ignore('an issue that is not ours'))
}

function isOurs(issue: Payload['issue'], self: string | null): boolean {
  return self === null || issue?.user?.login === self
}

/** Our own checks tell us nothing, but a person can ask for them again. */
function checkRun(payload: Payload, self: string | null): Decision {
  const { check_run: run } = payload
  return run
    ? check(payload, self, { ...run, head_branch: run.check_suite?.head_branch })
    : ignore('no check run in it')
}

function checkSuite(payload: Payload, self: string | null): Decision {
  const { check_suite: found } = payload
  return found ? check(payload, self, found) : ignore('no check suite in it')
}

function check(
  payload: Payload,
  self: string | null,
  { app, head_branch, pull_requests }: NonNullable<Payload['check_suite']>,
): Decision {
  const isOwn = self !== null && `${app?.slug}[bot]` === self
  if (payload.action !== (isOwn ? 'rerequested' : 'completed'))
    return ignore(`a check that was ${word(payload.action)}`)
  return when(
    [head_branch, ...pull_requests.map(({ head }) => head.ref)].some(one => matters(one, payload)),
    ELSEWHERE,
  )
}

/** GitHub names at most this many branches that contain the commit; then ours may be among those left out. */
const BRANCHES = 10

function status(payload: Payload): Decision {
  const { state, branches } = payload
  if (state === 'pending') return ignore('a status that is still pending')
  return when(branches.length >= BRANCHES || branches.some(one => matters(one.name, payload)), ELSEWHERE)
}

/** Argo CD names a commit instead of a branch: that may be any, so it counts. */
function deploymentStatus(payload: Payload): Decision {
  const { deployment, deployment_status, workflow_run } = payload
  if (!deployment || !deployment_status) return ignore('no deployment in it')
  if (/^(pending|queued|waiting|in_progress)$/.test(deployment_status.state))
    return ignore('a deployment that still runs')
  if (deployment.transient_environment) return ignore('a preview')
  const branch = workflow_run?.head_branch ?? deployment.ref.replace('refs/heads/', '')
  return when(/^[0-9a-f]{40}$/.test(branch) || matters(branch, payload), ELSEWHERE)
}

function workflowJob(payload: Payload): Decision {
  if (payload.action !== 'completed') return ignore('a job that has not ended')
  return when(matters(payload.workflow_job?.head_branch, payload), ELSEWHERE)
}

/** Every build may push an image; only what looks like a version can be one that somebody runs. */
function registryPackage({ action, registry_package }: Payload): Decision {
  const tag = registry_package?.package_version?.container_metadata?.tag?.name
  if (action !== 'published' && action !== 'updated') return ignore(`a package that was ${word(action)}`)
  return tag && !/^v?\d+\.\d+/.test(tag) ? ignore('a package whose tag is no version') : 'installation'
}

function installation({ action }: Payload): Decision {
  if (action === 'deleted') return ignore('the App was removed')
  return action === 'suspend' ? ignore('the App was suspended') : 'installation'
}

/** Actions are words of GitHub; anything else is not repeated. */
function word(action: string | undefined): string {
  return /^[a-z_]{1,40}$/.test(action ?? '') ? (action ?? '') : 'something else'
}
