import { refusedIn } from '../../src/report/reply-marker.ts'
import { memoryOf } from './end-state.ts'
import { BOT, DEFAULT_BRANCH, FROZEN, FULL_NAME, type GitHub, type Logged } from './github.ts'
import { TOKEN } from './people.ts'
import { query } from './pglite.ts'
import { unknownRequests } from './rest.ts'
import type { CheckRun, Issue, IssueComment, Pull } from './state.ts'
import type { Course } from './trial.ts'
import { branchOf, COMPONENTS, fileOf, WORLDS } from './worlds.ts'

/** Something that must never be, and was. `invariant` is its number in docs/faults.md. */
export type Violation = { readonly invariant: string; readonly says: string }

type Check = (course: Course) => readonly string[] | Promise<readonly string[]>

const byBot = ({ log }: GitHub) => log.filter(({ actor }) => actor === BOT)
const isFrozen = ({ cause }: Logged) => cause.endsWith(FROZEN)
const isPull = (value: unknown): value is Pull => typeof value === 'object' && value !== null && 'headSha' in value

/** Repeated entries of a list. */
function repeated(list: readonly string[]): readonly string[] {
  return [...new Set(list.filter((each, i) => list.indexOf(each) !== i))]
}

/**
 * At every instant at most one open pull request of ours for a branch: seen by replaying the log. Nobody can hold back a request that was
 * under way when its process stopped: what such a one opens does not stay.
 */
function onePull({ github }: Course): readonly string[] {
  const open = new Map<number, Pull>()
  const late = new Set<number>()
  const found: string[] = []
  for (const { after, t, operation, cause } of github.log) {
    if (!isPull(after) || after.author !== BOT) continue
    if (operation === 'open pull' && cause.endsWith(FROZEN)) late.add(after.number)
    if (after.state === 'open') open.set(after.number, after)
    else open.delete(after.number)
    const heads = [...open.values()].filter(({ number }) => !late.has(number)).map(({ head }) => head)
    for (const head of repeated(heads)) found.push(`two open pull requests for ${head} at ${t}`)
  }
  const stay = repeated([...open.values()].map(({ head }) => head)).map(
    head => `two pull requests for ${head} stay open`,
  )
  return [...new Set([...found, ...stay])].slice(0, 3)
}

/** A pull request that a person closed is not opened again for the same version, nor another one for it, unless a person reopens or asks. */
function closedStaysClosed({ github }: Course): readonly string[] {
  const refused = new Map<string, string>()
  const found: string[] = []
  for (const entry of github.log) {
    const { after, actor, operation } = entry
    if (!isPull(after) || after.headRepo !== FULL_NAME || after.author !== BOT) continue
    const key = `${after.head} ${memoryOf(after)?.to ?? ''}`
    if (actor !== BOT && operation === 'close pull') refused.set(key, `#${after.number}`)
    if (actor !== BOT && operation === 'reopen pull') refused.delete(key)
    if (actor === BOT && (operation === 'open pull' || operation === 'reopen pull') && refused.has(key))
      found.push(
        `${refused.get(key)} was closed by a person, and ${operation} #${after.number} came for the same ${key}`,
      )
  }
  return found
}

/** No ref that we move loses a commit of somebody else, and we move only what stands at a commit of ours. */
function nothingOverwritten({ github }: Course): readonly string[] {
  const { objects } = github
  return byBot(github)
    .filter(({ operation }) => /^(update|delete|create) ref$/.test(operation))
    .flatMap(({ target, before, after, operation, cause }) => {
      if (typeof before !== 'string') return []
      const kept =
        typeof after === 'string' ? objects.history(after) : objects.history(github.head(DEFAULT_BRANCH) ?? '')
      const lost = [...objects.history(before)].filter(sha => !kept.has(sha) && objects.commit(sha)?.by !== BOT)
      const tip = objects.commit(before)
      if (lost.length > 0)
        return [`${operation} ${target} by ${cause} loses a commit of ${objects.commit(lost[0] ?? '')?.by}`]
      return tip?.by === BOT
        ? []
        : [`${operation} ${target} by ${cause} moves a branch that stood at a commit of ${tip?.by}`]
    })
}

/** We never merge, and never touch a branch that is not ours. */
function noMerge({ github }: Course): readonly string[] {
  const merges = byBot(github).filter(({ operation }) => operation === 'merge')
  const foreign = byBot(github).filter(
    ({ operation, target }) => operation.endsWith(' ref') && !target.startsWith('windlass/'),
  )
  return [...merges, ...foreign].map(({ operation, target }) => `${operation} ${target}`)
}

/** Every delivery that was answered with a 2xx came to exactly one end. */
async function deliveriesEnd({ sent }: Course): Promise<readonly string[]> {
  const rows = query('select guid, outcome, done_at is not null as done from windlass_delivery')
  const known = new Map(rows.map(row => [row.guid, row]))
  return sent
    .filter(({ answers }) => answers.some(status => status >= 200 && status < 300))
    .flatMap(({ guid, event }) => {
      const row = known.get(guid)
      if (!row) return [`a delivery of ${event} was answered and is not stored`]
      return row.done && row.outcome !== null ? [] : [`a delivery of ${event} was answered and came to no end`]
    })
}

/** What was answered with a 2xx is worked on at once, not when the next sweep comes. */
function nothingWaitsForTheSweep({ sent, unswept }: Course): readonly string[] {
  return sent
    .filter(({ guid, answers }) => unswept.open.has(guid) && answers.some(status => status >= 200 && status < 300))
    .map(({ event }) => `a delivery of ${event} was answered and waits for the sweep`)
}

/** One comment of ours of each kind, one check run for a commit. What was on its way when a replica stood still counts for nothing. */
function saidOnce({ github }: Course): readonly string[] {
  const { state, log } = github
  const frozen = new Set(log.filter(isFrozen).map(({ after }) => (after as { id?: number } | null)?.id))
  const ours = [...state.comments.values()].filter(({ author, id }) => author === BOT && !frozen.has(id))
  const marks = ours.flatMap(({ number, body }) =>
    [...body.matchAll(/<!-- windlass:(?:reply|notice) [^>]*-->/g)].map(([mark]) => `${mark} on #${number}`),
  )
  const checks = [...state.checks.values()].filter(({ by, id }) => by === BOT && !frozen.has(id))
  // On a commit of the default branch, what was said before stays in the history.
  const about = ({ sha, title }: CheckRun) => (github.objects.commit(sha)?.by === BOT ? '' : `: ${title}`)
  const runs = checks.map(check => `check run ${check.name} on ${check.sha.slice(0, 7)}${about(check)}`)
  const texts = ours.map(({ number, body }: IssueComment) => `comment on #${number}: ${body}`)
  const issues = [...state.issues.values()].filter(({ author, state: is }) => author === BOT && is === 'open')
  const titles = issues.map(({ title }) => `the issue ${title}`)
  return repeated([...marks, ...runs, ...texts, ...titles]).map(each => `twice: ${each}`)
}

const PEOPLE = new Set(['ada', 'grace'])

/** What a memory of ours says that people said was said by people who may. */
function onlyAuthorised({ github }: Course): readonly string[] {
  const says = [...github.state.pulls.values()]
    .filter(({ author }) => author === BOT)
    .flatMap(pull => {
      const memory = memoryOf(pull)
      if (memory === null) return []
      const said = [memory.hold, ...memory.ignored, memory.wanted, ...memory.granted, memory.rollback, memory.mode]
      return said.flatMap(each => (each !== null && !PEOPLE.has(each.by) ? [`#${pull.number} obeys ${each.by}`] : []))
    })
  const forks = byBot(github).filter(({ before, after }) =>
    [before, after].some(each => isPull(each) && each.headRepo !== FULL_NAME),
  )
  return [...says, ...forks.map(({ operation, target }) => `${operation} on a pull request of a fork, ${target}`)]
}

/** The forged and the altered get no 2xx. */
function nothingForged({ forged }: Course): readonly string[] {
  return forged.filter(status => status < 400).map(status => `a forged delivery was answered with ${status}`)
}

/** What our memory says that people said, they did say on this very pull request, as a command. */
function onlySaid({ github }: Course): readonly string[] {
  const says = (number: number, login: string, command: RegExp) =>
    github.log.some(
      ({ actor, operation, target, after }) =>
        actor === login &&
        operation === 'comment' &&
        target === `#${number}` &&
        command.test((after as IssueComment | null)?.body ?? ''),
    )
  return [...github.state.pulls.values()]
    .filter(({ author }) => author === BOT)
    .flatMap(pull => {
      const memory = memoryOf(pull)
      const hold = memory?.hold ? [{ who: memory.hold.by, what: /^\/windlass hold/ }] : []
      const ignored = (memory?.ignored ?? []).map(each => ({ who: each.by, what: /^\/windlass ignore/ }))
      return [...hold, ...ignored].flatMap(({ who, what }) =>
        says(pull.number, who, what) ? [] : [`#${pull.number} remembers ${what} of ${who}, who never said so there`],
      )
    })
}

/** We change only what we opened; anything else we may talk about. */
function onlyOurs({ github }: Course): readonly string[] {
  return byBot(github).flatMap(({ operation, before, target }) => {
    const isThread = typeof before === 'object' && before !== null && 'title' in before && 'author' in before
    return isThread && before.author !== BOT ? [`${operation} on ${target}, which ${before.author} opened`] : []
  })
}

/** From the write of a hold until it is ended, the branch is left alone. */
function heldIsLeftAlone({ github }: Course): readonly string[] {
  const held = new Set<string>()
  const found: string[] = []
  const isResume = (text: unknown) => /^\/windlass resume/.test((text as IssueComment | null)?.body ?? '')
  for (const { actor, after, operation, target, cause } of github.log) {
    if (PEOPLE.has(actor) && isResume(after)) held.delete(github.state.pulls.get(Number(target.slice(1)))?.head ?? '')
    if (isPull(after) && after.author === BOT) {
      if (after.state === 'closed') held.delete(after.head)
      else if (actor === BOT && PEOPLE.has(memoryOf(after)?.hold?.by ?? '')) held.add(after.head)
    }
    if (actor === BOT && operation === 'update ref' && held.has(target) && !cause.endsWith(FROZEN))
      found.push(`${target} is moved while it is held`)
  }
  return found
}

/** What was ignored is closed, and not opened again, unless it is held or a person has committed to it: then it stays as it is. */
function ignoredIsClosed({ github }: Course): readonly string[] {
  const pulls = [...github.state.pulls.values()].filter(({ author }) => author === BOT)
  const ignored = pulls.flatMap(pull =>
    (memoryOf(pull)?.ignored ?? []).map(({ version, at }) => ({ head: pull.head, version, at })),
  )
  return pulls.flatMap(pull => {
    const to = memoryOf(pull)?.to
    const isIgnored = ignored.some(({ head, version }) => head === pull.head && version === to)
    const isLeftAlone = memoryOf(pull)?.hold != null || github.objects.commit(pull.headSha)?.by !== BOT
    return isIgnored && !isLeftAlone && pull.state === 'open' && pull.closedBy === null
      ? [`#${pull.number} is open for ${to}, which was ignored`]
      : []
  })
}

/** The last word of people about holding stands in the memory of an open pull request that has answered it. */
function heldAsSaid({ github }: Course): readonly string[] {
  const all = [...github.state.comments.values()].toSorted((a, b) => a.id - b.id)
  return [...github.state.pulls.values()].flatMap(pull => {
    const own = all.filter(({ number }) => number === pull.number)
    const isDone = ({ id }: IssueComment) =>
      own.some(({ author, body }) => author === BOT && body.includes(`<!-- windlass:reply ${id} -->`))
    const words = own.filter(
      each =>
        PEOPLE.has(each.author) &&
        each.createdAt === each.updatedAt &&
        /^\/windlass (hold|resume)/.test(each.body) &&
        isDone(each),
    )
    const last = words.at(-1)
    if (pull.author !== BOT || pull.state !== 'open' || last === undefined) return []
    const isHeld = Boolean(memoryOf(pull)?.hold)
    return isHeld === last.body.startsWith('/windlass hold')
      ? []
      : [`#${pull.number} was told "${last.body}", has answered, and is ${isHeld ? '' : 'not '}held`]
  })
}

/** An environment follows when the one before has the version, and when those have approved who must. */
function inOrder({ github, schedule }: Course): readonly string[] {
  const { environments, policy } = WORLDS[schedule.world]
  const [first, second] = environments
  if (first === undefined || second === undefined) return []
  return byBot(github).flatMap(({ operation, after, t }) => {
    if (operation !== 'open pull' || !isPull(after) || !after.head.startsWith(`windlass/${second}/`)) return []
    const component = after.head.split('/').at(-1) ?? ''
    const before = github.log.filter(entry => entry.t <= t)
    const heads = before.flatMap(({ target, after: sha }) =>
      target === DEFAULT_BRANCH && typeof sha === 'string' ? [sha] : [],
    )
    const has = heads.some(sha =>
      github.objects
        .filesOf(sha)
        .get(fileOf(first, component))
        ?.text.includes(`version: "${memoryOf(after)?.to}"`),
    )
    const approved = before.some(
      ({ actor, operation: did, after: said }) =>
        actor === 'ada' && did === 'comment' && (said as IssueComment).body.startsWith('/windlass approve'),
    )
    return [
      ...(has ? [] : [`${after.head} was opened before ${first} has the version`]),
      ...(approved || !policy.includes('approval') ? [] : [`${after.head} was opened without an approval`]),
    ]
  })
}

/** What we close, we say why; and no text of ours carries a secret. */
function saysWhy({ github }: Course): readonly string[] {
  const texts = byBot(github).flatMap(({ after }) =>
    typeof after === 'object' && after !== null ? [JSON.stringify(after)] : [],
  )
  const said = [...github.state.comments.values()].filter(({ author }) => author === BOT)
  const closed = [...github.state.pulls.values()].filter(
    ({ author, closedBy, state }) => author === BOT && state === 'closed' && closedBy === BOT,
  )
  return [
    ...closed
      .filter(
        ({ number }) => !said.some(each => each.number === number && each.body.includes('windlass:notice closed')),
      )
      .map(({ number }) => `#${number} was closed without a word`),
    ...(texts.some(text => text.includes(TOKEN)) ? ['a text of ours carries a secret'] : []),
  ]
}

const isBreach = ({ limits }: Course) => limits.breaches

/** The limits of the policy hold at every instant. */
function policyLimits({ github, schedule }: Course): readonly string[] {
  const { policy } = WORLDS[schedule.world]
  const limit = (key: string) => Number(new RegExp(`${key}: (\\d+)`).exec(policy)?.[1] ?? 0) || Number.POSITIVE_INFINITY
  const opened = byBot(github).filter(({ operation }) => operation === 'open pull')
  const found: string[] = []
  for (const { t } of opened) {
    const recent = opened.filter(other => other.t <= t && t - other.t < 3_600_000).length
    if (recent > limit('prHourlyLimit')) found.push(`${recent} pull requests were opened within an hour`)
  }
  const open = new Set<string>()
  for (const { after } of github.log) {
    if (!isPull(after) || after.author !== BOT) continue
    if (after.state === 'open') open.add(`${after.number}`)
    else open.delete(`${after.number}`)
    if (open.size > limit('prConcurrentLimit')) found.push(`${open.size} pull requests were open together`)
  }
  return [...new Set(found)]
}

/** Nothing stays behind: no attempt, no active job, no unfinished memory. */
async function nothingHeld({ jobs }: Course): Promise<readonly string[]> {
  const rows = query('select repository from windlass_attempt where job is not null')
  const active = jobs.all.filter(({ state }) => state === 'active')
  return [
    ...rows.map(({ repository }) => `an attempt on ${repository} did not end`),
    ...active.map(({ name }) => `a job of ${name} stays active`),
  ]
}

/** No branch of ours without an open pull request, unless people left it behind. */
function noOrphans({ github }: Course): readonly string[] {
  const { state, objects } = github
  return [...state.refs].flatMap(([branch, sha]) => {
    if (!branch.startsWith('windlass/') || objects.commit(sha)?.by !== BOT) return []
    const pulls = [...state.pulls.values()].filter(({ head, headRepo }) => head === branch && headRepo === FULL_NAME)
    const last = pulls.at(-1)
    const isLeft = last !== undefined && last.state === 'closed' && last.closedBy !== BOT
    return isLeft || pulls.some(pull => pull.state === 'open') ? [] : [`${branch} stays behind without a pull request`]
  })
}

/** An open pull request at a commit of ours has everything that belongs to it. */
function nothingUnfinished({ github }: Course): readonly string[] {
  const { state, objects } = github
  return [...state.pulls.values()].flatMap(pull => {
    const memory = memoryOf(pull)
    if (pull.author !== BOT || pull.state !== 'open' || objects.commit(pull.headSha)?.by !== BOT) return []
    const isHeld = memory !== null && memory.hold !== null
    const hasCheck = [...state.checks.values()].some(({ sha, by }) => sha === pull.headSha && by === BOT)
    const lacks = [
      ...(memory === null ? ['its note'] : memory.inputs === '' && !isHeld ? ['its last write'] : []),
      ...(hasCheck || isHeld ? [] : ['its check']),
      // Held before its opening was finished, and passed by a newer version, it has none: nobody looks at the old one any more.
      ...(pull.labels.some(label => label.startsWith('risk/')) || (isHeld && memory.inputs === '')
        ? []
        : ['its labels']),
    ]
    return lacks.map(what => `#${pull.number} lacks ${what}`)
  })
}

/** Every command of somebody who may is answered, where the pull request is open; who was refused there before gets a reaction alone. */
function nothingUnanswered({ github }: Course): readonly string[] {
  const all = [...github.state.comments.values()]
  const ours = all.filter(({ author }) => author === BOT)
  const isSilent = ({ id, number, author }: IssueComment) =>
    ours.some(({ number: on, body }) => on === number && refusedIn(body).includes(author)) &&
    github.state.reactions.some(
      ({ user, comment, content }) => user === BOT && comment === id && content === 'confused',
    )
  return all
    .filter(({ author, body, number }) => {
      const pull = github.state.pulls.get(number)
      return pull?.author === BOT && pull.state === 'open' && PEOPLE.has(author) && body.startsWith('/windlass')
    })
    .filter(one => !ours.some(({ body }) => body.includes(`<!-- windlass:reply ${one.id} -->`)) && !isSilent(one))
    .map(({ id, body, number }) => `comment ${id} on #${number} was never answered: ${body}`)
}

/** Whatever is behind in the first environment is proposed, unless people refused it, or a limit or somebody's branch is in the way. */
function nothingLost({ github, schedule, published }: Course): readonly string[] {
  const { environments, upgrades, policy } = WORLDS[schedule.world]
  const environment = environments[0] ?? ''
  const files = github.objects.filesOf(github.head(DEFAULT_BRANCH) ?? '')
  if (policy.includes('prHourlyLimit: 2')) return []
  return COMPONENTS.slice(0, upgrades).flatMap(component => {
    const stands = /version: "([^"]+)"/.exec(files.get(fileOf(environment, component))?.text ?? '')?.[1]
    const newest = published.get(component)?.at(-1) ?? ''
    const branch = branchOf(environment, component)
    const pulls = [...github.state.pulls.values()].filter(({ head, author }) => head === branch && author === BOT)
    const tip = github.head(branch)
    const isTaken = tip !== null && github.objects.commit(tip)?.by !== BOT
    const isRefused = pulls.some(pull => {
      const memory = memoryOf(pull)
      return memory === null || memory.ignored.length > 0 || (pull.state === 'closed' && pull.closedBy !== BOT)
    })
    const isOpen = pulls.some(pull => pull.state === 'open')
    return stands === newest || isOpen || isRefused || isTaken
      ? []
      : [`${component} stays at ${stands}, and ${newest} is not proposed`]
  })
}

/** Milliseconds between the look at a text and the write of it in which GitHub lets nobody see what others wrote meanwhile. */
const BLIND = 3_000

const MARKS: Readonly<Record<string, { readonly what: string; readonly has: (pull: Pull) => boolean }>> = {
  'grace: title': { what: 'the title', has: pull => pull.title.startsWith('[train 7] ') },
  'grace: new title': { what: 'the title', has: pull => pull.title === 'Release train 7' },
  'grace: text': { what: 'the text', has: pull => pull.body.split('release train').length >= 3 },
  'grace: label': { what: 'the label', has: pull => pull.labels.includes('team/blue') },
}

/** What people wrote into a title, a text or the labels is not taken away by us. */
function humanTextStays({ github }: Course): readonly string[] {
  const written = new Map<string, number>()
  return github.log.flatMap(({ actor, cause, before, after, t }) => {
    if (!isPull(after) || cause.endsWith(FROZEN)) return []
    if (actor !== BOT && MARKS[cause]) written.set(`${after.number} ${cause}`, t)
    if (actor !== BOT || !isPull(before)) return []
    return Object.entries(MARKS).flatMap(([mark, { what, has }]) => {
      const since = written.get(`${after.number} ${mark}`) ?? t
      return has(before) && !has(after) && t - since > BLIND
        ? [`${what} that a person gave to #${after.number} is gone`]
        : []
    })
  })
}

/** What people wrote on the dashboard is not taken away by us. */
function dashboardTextStays({ github }: Course): readonly string[] {
  let written = Number.POSITIVE_INFINITY
  return github.log.flatMap(({ actor, cause, operation, before, after, t }) => {
    if (operation !== 'edit issue' || cause.endsWith(FROZEN)) return []
    const [had, has] = [before, after].map(each => (each as Issue).body.includes('release train'))
    if (actor !== BOT && has) written = t
    return actor === BOT && had && !has && t - written > BLIND ? ['what a person wrote on the dashboard is gone'] : []
  })
}

/** A memory of an older generation never replaces a newer one. */
function monotone({ github }: Course): readonly string[] {
  return byBot(github).flatMap(({ before, after, target, cause }) => {
    if (cause.endsWith(FROZEN) || !isPull(before) || !isPull(after) || before.body === after.body) return []
    const [from, to] = [memoryOf(before)?.generation ?? 0, memoryOf(after)?.generation ?? 0]
    return to < from ? [`the memory of ${target} went from generation ${from} to ${to}`] : []
  })
}

/** What was given up stands where somebody looks: parked in the store. */
async function parkedIsSeen({ replicas }: Course): Promise<readonly string[]> {
  const gaveUp = replicas.flatMap(({ passes }) => passes).filter(end => end === 'parked' || end === 'failed').length
  const rows = query(`select 1 from windlass_delivery where outcome in ('parked', 'failed') and detail is null`)
  return gaveUp > 0 && rows.length > 0 ? ['work was given up without a reason in the store'] : []
}

/** Where nothing goes wrong, no pass fails. */
function nothingFails({ schedule, replicas }: Course): readonly string[] {
  const { faults, interrupts, mail } = schedule
  if (faults.length + interrupts.length + mail.length > 0) return []
  const bad = replicas.flatMap(({ passes }) => passes).filter(end => ['failed', 'parked', 'retried'].includes(end))
  return bad.length > 0 ? [`${bad.length} passes ended as ${bad[0]} although nothing went wrong`] : []
}

/** A sweep over a repository at rest writes nothing. */
function secondPass({ github, settledAt }: Course): readonly string[] {
  return github.log
    .slice(settledAt)
    .filter(({ actor }) => actor === BOT)
    .map(({ operation, target }: Logged) => `a second pass did: ${operation} ${target}`)
}

const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  I1: [onePull],
  I2: [closedStaysClosed, heldIsLeftAlone, heldAsSaid, ignoredIsClosed],
  I3: [nothingOverwritten],
  I4: [noMerge],
  I5: [deliveriesEnd, nothingWaitsForTheSweep, nothingLost, nothingUnanswered],
  I6: [saidOnce, secondPass],
  I7: [onlyAuthorised, onlySaid, onlyOurs, nothingForged, saysWhy, inOrder],
  I8: [isBreach, policyLimits],
  I9: [({ rested }) => (rested ? [] : ['it does not come to rest']), nothingUnfinished, nothingFails],
  I11: [nothingHeld, noOrphans],
  I13: [humanTextStays, dashboardTextStays],
  I14: [monotone],
  I15: [parkedIsSeen],
}

/** Everything that one trial violated, without its twin. */
export async function violations(course: Course): Promise<readonly Violation[]> {
  const found: Violation[] = []
  for (const [invariant, checks] of Object.entries(CHECKS))
    for (const check of checks) for (const says of await check(course)) found.push({ invariant, says })
  for (const request of unknownRequests)
    found.push({ invariant: 'harness', says: `the GitHub in memory does not know ${request}` })
  unknownRequests.clear()
  return found
}
