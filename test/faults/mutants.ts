/**
 * A change of the product that the trials must notice. A guard is switched off, or a bug is planted; `find` must stand exactly once in
 * the file.
 */
export type Mutant = {
  readonly name: string
  readonly kind: 'guard' | 'bug'
  readonly file: string
  readonly find: string
  readonly replace: string
  /** What would go wrong. */
  readonly why: string
}

const guard = (name: string, file: string, find: string, replace: string, why: string): Mutant => ({
  name,
  kind: 'guard',
  file,
  find,
  replace,
  why,
})
const bug = (name: string, file: string, find: string, replace: string, why: string): Mutant => ({
  name,
  kind: 'bug',
  file,
  find,
  replace,
  why,
})

const WEBHOOK = 'src/server/webhook.ts'
const COMMENTS = 'src/outside/github/github-comments.ts'
const PROPOSALS = 'src/outside/github/github-proposals.ts'
const WRITE = 'src/outside/github/github-write.ts'
const PUSH = 'src/outside/github/github-push.ts'
const REVISE = 'src/outside/github/github-revise.ts'
const TALK = 'src/outside/github/github-talk.ts'
const CHECK = 'src/outside/github/github-check.ts'
const GATEWAY = 'src/outside/github/gateway.ts'
const ACTS = 'src/decide/acts.ts'
const DECIDE = 'src/decide/index.ts'
const REFUSALS = 'src/decide/refusals.ts'
const MEMORY = 'src/report/memory.ts'
const SIGNATURE = 'src/outside/git/signature.ts'
const DASHBOARD = 'src/outside/github/github-dashboard.ts'

export const MUTANTS: readonly Mutant[] = [
  guard(
    'delivery-signature',
    WEBHOOK,
    'if (!(await world.webhooks.verify(text, signature)))',
    'if (signature === "")',
    'anybody may wake us',
  ),
  guard(
    'permission',
    'src/decide/obey.ts',
    'if (!reaches(comment.permission, needs)) return',
    "if (comment.permission === 'none') return",
    'whoever can read commands',
  ),
  guard(
    'bots-are-ignored',
    COMMENTS,
    "return user?.type === 'User' && !performed_via_github_app",
    'return !performed_via_github_app && user !== null',
    'another bot commands',
  ),
  guard(
    'edited-comments',
    'src/decide/obey.ts',
    "if (comment.edited) return { ...about, kind: 'edited' }",
    '',
    'a comment becomes a command afterwards',
  ),
  guard(
    'foreign-pulls',
    PROPOSALS,
    'return user?.login === login && head.ref',
    'return user !== null && login !== "" && head.ref',
    'pull requests of people are taken for ours',
  ),
  guard(
    'unsigned-commit',
    SIGNATURE,
    'if (signature === undefined) return false',
    'if (signature === undefined) return true',
    'commits of people are rewritten',
  ),
  guard(
    'commit-signature',
    SIGNATURE,
    'return timingSafeEqual(Buffer.from(signature), Buffer.from(digest(key, commit.tree, commit.parents, message)))',
    'return message !== null && timingSafeEqual !== null',
    'amended commits are rewritten',
  ),
  guard(
    'note-signature',
    MEMORY,
    '    isSigned(kind, binding, payload, signature)\n',
    '    signature !== ""\n',
    'anybody writes our memory',
  ),
  guard(
    'newest-note',
    PROPOSALS,
    'if (newest === null || isKept || (shown !== null && shown.generation > newest.generation))',
    'if (newest === null || shown !== null)',
    'an old note that is pasted back counts',
  ),
  guard('no-force', PUSH, 'force: false', 'force: true', 'a push of a person meanwhile is lost'),
  guard(
    'closed-is-refused',
    REFUSALS,
    'const refused = closed.find(({ memory }) => compareTexts(version, memory.to) <= 0)',
    'const refused = closed.find(() => version === "")',
    'what a person closed comes again',
  ),
  guard(
    'closed-by-us-is-not-refused',
    REFUSALS,
    "state === 'closed' && memory.closed === null &&",
    "state === 'closed' &&",
    'what we closed never comes again',
  ),
  guard(
    'ignored',
    REFUSALS,
    'const hit = ignored.find(entry => isHit(entry, version))',
    'const hit = ignored.find(entry => isHit(entry, version) && version === "")',
    'what a person ignored comes again',
  ),
  guard(
    'hold',
    DECIDE,
    'if (stale && released(proposal.memory).hold === null) return',
    'if (stale) return',
    'a held branch is moved',
  ),
  guard(
    'human-commit',
    DECIDE,
    'if (proposal.humanCommit) return standAside(proposal, unsaid.has(proposal.number), wording)',
    '',
    'we fight with a person over a branch',
  ),
  guard(
    'said-edited',
    ACTS,
    'if (humanCommit === null || memory.saidEdited === humanCommit.sha)',
    'if (humanCommit === null)',
    'each pass says it again',
  ),
  guard(
    'foreign-branch',
    DECIDE,
    'if (!foreign.has(branch)) return',
    'if (foreign.size >= 0) return',
    "somebody's branch of our name is taken",
  ),
  guard(
    'one-pull-request',
    DECIDE,
    "outcome.kind === 'planned' && !open_.some(({ branch }) => branch === outcome.branch)",
    "outcome.kind === 'planned' && open_ !== null",
    'what is open is opened again',
  ),
  guard(
    'human-text',
    MEMORY,
    'return existing.slice(0, start) + ours + existing.slice(end + END.length)',
    'return ours',
    'text of people is lost',
  ),
  guard(
    'human-labels',
    REVISE,
    'const kept = present.filter(label => !/^(risk|env|type|windlass)\\//.test(label))',
    'const kept: string[] = []',
    'labels of people are lost',
  ),
  guard(
    'human-title',
    REVISE,
    'given !== standing.title && (await isOurTitle(standing))',
    'given !== standing.title',
    'a title of a person is lost',
  ),
  guard(
    'answers-are-ours',
    COMMENTS,
    'const own = all.filter(({ user }) => user?.login === login)',
    'const own = all.filter(({ user }) => user !== null && login !== "")',
    'a stranger answers in our name',
  ),
  guard(
    'notices-are-ours',
    TALK,
    'comments.some(({ user, body }) => user?.login === login && body?.includes(marker))',
    'comments.some(({ user, body }) => user !== null && login !== "" && body?.includes(marker))',
    'a stranger silences us',
  ),
  guard(
    'base-not-head',
    'src/outside/github/world-github.ts',
    'tree: () => mirror.tree(remote.base),',
    'tree: () => mirror.tree([...remote.heads.values()].at(-1) ?? remote.base),',
    'the policy of a head counts',
  ),
  guard(
    'concurrent-limit',
    'src/decide/room.ts',
    'policy.prConcurrentLimit === 0 ?',
    'policy.prConcurrentLimit >= 0 ?',
    'more are open than people want',
  ),
  guard(
    'hourly-limit',
    'src/decide/room.ts',
    'policy.prHourlyLimit === 0 ?',
    'policy.prHourlyLimit >= 0 ?',
    'more come than people want',
  ),
  guard(
    'delete-only-ours',
    WRITE,
    'if (head !== undefined && !isShared && isOurs(key, await mirror.commit(head)))',
    'if (head !== undefined)',
    'a branch with a commit of a person is deleted',
  ),
  guard(
    'delete-where-it-stands',
    'src/outside/github/github-branches.ts',
    'await octokit.graphql(DELETE, ',
    "await octokit.rest.git.deleteRef({ owner, repo: name, ref: 'heads/'.concat(branch) })\n  await octokit.graphql(DELETE, ",
    'what a person commits meanwhile is deleted',
  ),
  guard(
    'environment-order',
    'src/walk/steps.ts',
    'gate && compareTexts(version, gate.version) > 0',
    'gate && compareTexts(version, gate.version) > 9',
    'production goes first',
  ),
  guard('approval', 'src/decide/gate.ts', '    approval(upgrade, grants),\n', '', 'nobody has approved'),
  guard(
    'approvers',
    'src/decide/obey.ts',
    "if (command.verb === 'approve' && environment !== null && !isApprover(comment, approvers))",
    "if (command.verb === 'approve' && environment !== null && !isApprover(comment, []))",
    'anybody who may write approves',
  ),
  guard(
    'fence',
    'src/outside/store/gateway-tables.ts',
    'where repository = repo and holder = mine);\n  if not held',
    'where repository = repo);\n  if not held',
    'a replica that stood still goes on writing',
  ),
  guard(
    'too-late',
    GATEWAY,
    'if (performance.now() - at > FRESH)',
    'if (performance.now() - at > FRESH * 1000)',
    'a write leaves long after it was allowed',
  ),
  guard(
    'pause',
    GATEWAY,
    'if (pause === undefined) return error\n',
    'if (pause !== 0) return error\n',
    'we go on when GitHub says stop',
  ),
  guard(
    'one-check',
    CHECK,
    'const known = head.existed\n',
    'const known = head.existed && id === ""\n',
    'a second check run',
  ),
  guard(
    'abandoned-jobs',
    'src/queue/take-up.ts',
    'const jobs = await store.database.presence.release()',
    'const jobs = 0',
    'the work of a dead replica is never done',
  ),
  guard(
    'stale-list',
    PROPOSALS,
    'if (openedAge !== null && openedAge < LAG && !shown.has(number))',
    'if (openedAge !== null && openedAge < 0 && !shown.has(number))',
    'what GitHub does not show yet is opened again',
  ),
  guard(
    'dashboard-text',
    DASHBOARD,
    'const whole = text(known.body)',
    "const whole = text('')",
    'text of people on the dashboard is lost',
  ),
  bug(
    'comment-before-marker',
    TALK,
    'if (text !== null) await comment(site, number, text, marker)',
    "if (text !== null) { await comment(site, number, text, ''); await comment(site, number, 'Done.', marker) }",
    'a death between the two says it twice',
  ),
  bug(
    'memory-before-work',
    REVISE,
    "const sealed = seal(branch, { ...memory, inputs: '' })",
    'const sealed = seal(branch, memory)',
    'a death after opening leaves it unfinished for ever',
  ),
  bug(
    'answer-before-inbox',
    WEBHOOK,
    'const received = await store.receive(delivery, wake.kind',
    "const received: Received = 'new'\n  void store.receive(delivery, wake.kind",
    'a 2xx for what a death forgets',
  ),
  bug(
    'reply-before-work',
    'src/reconcile.ts',
    'const all = [...actions, ...swept, ...onboarding, ...replies]',
    'const all = [...replies, ...actions, ...swept, ...onboarding]',
    'a death after the reply forgets the command',
  ),
  bug(
    'done-before-work',
    'src/server/pass.ts',
    'const deliveries = await store.unfinishedOf(name)',
    "const deliveries = await store.unfinishedOf(name)\n  await store.attempts.end(name, job.holder, 'done')",
    'nobody holds the repository while it is worked on',
  ),
  bug(
    'retry-of-a-write',
    GATEWAY,
    'if (!isHeldBack(error)) throw await heeded(sender, error)',
    'if (!isHeldBack(error) && !isAmbiguous(error)) throw await heeded(sender, error)',
    'a write without an answer is made twice',
  ),
  bug(
    'failures-are-swallowed',
    'src/walk/act.ts',
    'if (failures.length === 0) return',
    'if (failures.length >= 0) return',
    'work that failed counts as done',
  ),
  bug(
    'wake-is-forgotten',
    WEBHOOK,
    "if (wake.kind === 'repository') await queue.wake(wake.repository, cause)",
    "if (wake.kind === 'repository') await queue.wake(wake.repository, cause).catch(() => {})",
    'a 2xx for what nobody is woken for',
  ),

  guard(
    'inbox-key',
    'src/outside/store/deliveries.ts',
    "on conflict (guid) do update set done_at = null, outcome = null, detail = null, received_at = now()\n     where windlass_delivery.outcome in ('stopped', 'failed', 'parked')",
    'on conflict (guid) do update set done_at = null, outcome = null, detail = null, received_at = now()',
    'a delivery that comes twice is worked on twice',
  ),
  guard(
    'note-binding',
    MEMORY,
    'function seal(kind: Kind, { key, repository, branch }: Binding, payload: string): Buffer {',
    "function seal(kind: Kind, { key, repository }: Binding, payload: string): Buffer {\n  const branch = ''",
    'a note counts on another pull request',
  ),
  guard(
    'reply-marker',
    'src/report/reply-marker.ts',
    'export function answeredIn(body: string): readonly number[] {',
    'export function answeredIn(body: string): readonly number[] {\n  if (body !== "") return []',
    'nobody knows later what was said',
  ),
  guard(
    'redaction-of-replies',
    TALK,
    'redact(text).slice(0, MAX_COMMENT)',
    'text.slice(0, MAX_COMMENT)',
    'a secret stands in a comment',
  ),
  guard(
    'quotes',
    'src/decide/command.ts',
    "return lines.find(line => line.trim() !== '') ?? ''",
    "return lines.map(line => line.replace(/^[> ]+/, '')).find(line => line.trim() !== '') ?? ''",
    'what is quoted acts',
  ),
  bug(
    'title-finds-the-pull-request',
    PROPOSALS,
    "head.ref.startsWith('windlass/') && head.repo",
    "title.includes('upgrade') && head.repo",
    'a new title, and it is opened again',
  ),
  bug(
    'branch-before-close',
    WRITE,
    'const before = await standing(number)',
    'const before = await standing(number)\n    const early = remote.heads.get(branch)\n    if (early !== undefined && isOurs(key, await mirror.commit(early))) await deleteBranch(site, branch, early)',
    'GitHub closes it, and it looks as if a person had',
  ),
]
