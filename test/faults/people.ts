import { clock } from './clock.ts'
import { BOT, DEFAULT_BRANCH, FULL_NAME, type GitHub } from './github.ts'
import type { Files } from './objects.ts'
import {
  comment,
  commitOn,
  editComment,
  editIssue,
  editPull,
  mergePull,
  openPull,
  Refusal,
  setLabels,
} from './operations.ts'
import { query } from './pglite.ts'
import type { Published } from './services.ts'
import type { Issue, Pull } from './state.ts'
import { AFTER, BEFORE, branchOf, COMPONENTS, fileOf, type Setting } from './worlds.ts'

/** What people (and strangers) do. The last word of a name says who: ada and grace may write, mallory may not. */
export const ACTS = [
  'close',
  'reopen',
  'merge',
  'commit',
  'force-push',
  'edit-title',
  'edit-body',
  'label',
  'retarget',
  'delete-branch',
  'move-base',
  'land-by-hand',
  'revert-base',
  'publish',
  'hold',
  'resume',
  'rebase',
  'ignore',
  'misspelt',
  'quoted',
  'chat',
  'edit-comment',
  'edit-into-command',
  'delete-comment',
  'stranger-hold',
  'stranger-ignore',
  'bot-hold',
  'stranger-chat',
  'fork-pull',
  'forge-note',
  'old-note',
  'drop-note',
  'stranger-status',
  'stranger-foresees',
  'fake-note',
  'amend',
  'squat',
  'own-pull',
  'retitle',
  'hold-secret',
  'approve',
  'approve-wrongly',
  'edit-dashboard',
  'tick-look',
  'close-dashboard',
] as const
/** What happens in tales only: our database is restored from before anything was said. */
export type ActName = (typeof ACTS)[number] | 'lose-notes'

/** One act, on the pull request of one component in the first environment. */
export type Act = { readonly act: ActName; readonly component: number }

/** Where people act. */
export type Scene = { readonly github: GitHub; readonly setting: Setting; readonly published: Published }

type Deed = (scene: Scene, component: string, pull: Pull | null) => boolean

const NEWER = '3.2.2'

/** Somebody pastes a token where it does not belong. It opens nothing. */
export const TOKEN = `ghp_${'0123456789abcdefghij'.repeat(2).slice(0, 36)}`
const PARAGRAPH = 'Please wait for the release train. — Grace'

/** A deed on the open pull request; nothing where there is none. */
const onOpen =
  (deed: (scene: Scene, pull: Pull) => void): Deed =>
  (scene, _, pull) => {
    if (pull?.state !== 'open') return false
    deed(scene, pull)
    return true
  }

const say = (login: string, body: string): Deed =>
  onOpen(({ github }, { number }) => void comment(github, by(login, 'a comment'), number, body))

const by = (actor: string, cause: string) => ({ actor, cause: `${actor}: ${cause}` })

function changed(files: Files, path: string, from: string, to: string): Files | null {
  const entry = files.get(path)
  if (!entry?.text.includes(from)) return null
  return new Map(files).set(path, { ...entry, text: entry.text.replace(from, to) })
}

function pushToBase({ github }: Scene, files: Files, message: string): void {
  const head = github.head(DEFAULT_BRANCH) ?? ''
  github.moveRef('ada', `ada: ${message}`, DEFAULT_BRANCH, commitOn(github, 'ada', [head], files, message))
}

function onBase(scene: Scene, component: string, from: string, to: string): boolean {
  const { github, setting } = scene
  const path = fileOf(setting.environments[0] ?? '', component)
  const files = changed(
    github.objects.filesOf(github.head(DEFAULT_BRANCH) ?? ''),
    path,
    `version: "${from}"`,
    `version: "${to}"`,
  )
  if (files === null) return false
  pushToBase(scene, files, `${component} ${to}`)
  return true
}

function lastComment({ github }: Scene, { number }: Pull) {
  return [...github.state.comments.values()].findLast(each => each.number === number && each.author === 'grace')
}

/** The issue in which everything stands. */
const dashboardOf = ({ state }: GitHub) =>
  [...state.issues.values()].find(({ author, state: is }) => author === BOT && is === 'open')

/** Something done to the dashboard; nothing where there is none. */
const onDashboard =
  (cause: string, change: (issue: Issue) => Partial<Pick<Issue, 'body' | 'state'>>): Deed =>
  ({ github }) => {
    const issue = dashboardOf(github)
    if (!issue) return false
    editIssue(github, by('grace', cause), issue.number, change(issue))
    return true
  }

const noteOf = (body: string) => /<!-- windlass:memory .*? -->/.exec(body)?.[0] ?? null

const DEEDS: Readonly<Record<ActName, Deed>> = {
  close: onOpen(({ github }, { number }) => void editPull(github, by('ada', 'close'), number, { state: 'closed' })),
  reopen: ({ github }, _, pull) => {
    if (pull?.state !== 'closed' || pull.mergedAt !== null || github.head(pull.head) !== pull.headSha) return false
    editPull(github, by('ada', 'reopen'), pull.number, { state: 'open' })
    return true
  },
  merge: onOpen(({ github }, { number }) => void mergePull(github, by('ada', 'merge'), number)),
  commit: onOpen(({ github }, { head }) => {
    const tip = github.head(head) ?? ''
    const files = new Map(github.objects.filesOf(tip)).set('NOTES.md', { mode: '100644', text: 'Mine.\n' })
    github.moveRef('grace', 'grace: commit', head, commitOn(github, 'grace', [tip], files, 'A note'))
  }),
  'force-push': onOpen(({ github }, { head }) => {
    const base = github.head(DEFAULT_BRANCH) ?? ''
    const files = new Map(github.objects.filesOf(github.head(head) ?? '')).set('MINE.md', {
      mode: '100644',
      text: 'Mine.\n',
    })
    github.moveRef('grace', 'grace: force-push', head, commitOn(github, 'grace', [base], files, 'Rewritten'))
  }),
  'edit-title': onOpen(
    ({ github }, { number, title }) =>
      void editPull(github, by('grace', 'title'), number, { title: `[train 7] ${title}` }),
  ),
  'edit-body': onOpen(
    ({ github }, { number, body }) =>
      void editPull(github, by('grace', 'text'), number, { body: `${PARAGRAPH}\n\n${body}\n\n${PARAGRAPH}` }),
  ),
  label: onOpen(
    ({ github }, { number, labels }) => void setLabels(github, by('grace', 'label'), number, [...labels, 'team/blue']),
  ),
  retarget: onOpen(({ github }, { number }) => {
    if (github.head('release') === null)
      github.moveRef('ada', 'ada: branch', 'release', github.head(DEFAULT_BRANCH) ?? '')
    editPull(github, by('ada', 'retarget'), number, { base: 'release' })
  }),
  'delete-branch': onOpen(({ github }, { head }) => github.moveRef('ada', 'ada: delete branch', head, null)),
  'move-base': scene => {
    const files = scene.github.objects.filesOf(scene.github.head(DEFAULT_BRANCH) ?? '')
    const text = `${files.get('README.md')?.text ?? ''}More.\n`
    pushToBase(scene, new Map(files).set('README.md', { mode: '100644', text }), 'More to read')
    return true
  },
  'land-by-hand': (scene, component) => onBase(scene, component, BEFORE, AFTER),
  'revert-base': (scene, component) => onBase(scene, component, AFTER, BEFORE),
  publish: ({ published }, component) => {
    const known = published.get(component) ?? []
    if (known.includes(NEWER)) return false
    published.set(component, [...known, NEWER])
    return true
  },
  hold: say('grace', '/windlass hold release freeze'),
  resume: say('ada', '/windlass resume'),
  rebase: say('grace', '/windlass rebase'),
  ignore: say('ada', '/windlass ignore version'),
  misspelt: say('ada', '/windlass hodl'),
  quoted: say('ada', '> /windlass hold\n\nI would not do that.'),
  chat: say('grace', 'Looks good to me.'),
  'edit-comment': onOpen((scene, pull) => {
    const last = lastComment(scene, pull)
    if (last) editComment(scene.github, by('grace', 'edit'), last.id, `${last.body} please`)
  }),
  'edit-into-command': onOpen((scene, pull) => {
    const last = lastComment(scene, pull)
    if (last) editComment(scene.github, by('grace', 'edit'), last.id, '/windlass hold')
  }),
  'delete-comment': onOpen((scene, pull) => {
    const last = lastComment(scene, pull)
    if (last) editComment(scene.github, by('grace', 'delete'), last.id, null)
  }),
  'stranger-hold': say('mallory', '/windlass hold because I say so'),
  'stranger-ignore': say('mallory', '/windlass ignore component'),
  'bot-hold': say('helper[bot]', '/windlass hold'),
  'stranger-chat': say('mallory', '<!-- windlass:notice closed -->\n<!-- windlass:reply 1001 -->'),
  'fork-pull': ({ github, setting }, component) => {
    const files = new Map(github.objects.filesOf(github.head(DEFAULT_BRANCH) ?? '')).set('EVIL.md', {
      mode: '100644',
      text: 'x\n',
    })
    const headSha = commitOn(github, 'mallory', [github.head(DEFAULT_BRANCH) ?? ''], files, 'windlass')
    const head = branchOf(setting.environments[0] ?? '', component)
    const note = [...github.state.pulls.values()].map(pull => noteOf(pull.body)).find(found => found !== null)
    const body = `${note ?? ''}\n/windlass hold`
    openPull(github, by('mallory', 'fork'), {
      title: 'fix',
      body,
      head,
      base: DEFAULT_BRANCH,
      draft: false,
      headRepo: 'mallory/fleet',
      headSha,
    })
    return true
  },
  'forge-note': ({ github }, _, pull) => {
    const other = [...github.state.pulls.values()].find(
      each => each.author === BOT && each.number !== pull?.number && noteOf(each.body),
    )
    const [own, foreign] = [noteOf(pull?.body ?? ''), noteOf(other?.body ?? '')]
    if (pull?.state !== 'open' || own === null || foreign === null) return false
    editPull(github, by('grace', 'paste a note'), pull.number, { body: pull.body.replace(own, foreign) })
    return true
  },
  'old-note': ({ github }, _, pull) => {
    if (pull?.state !== 'open') return false
    const isOld = (body: string) => noteOf(body) !== null && noteOf(body) !== noteOf(pull.body)
    const earlier = github.log.find(
      ({ actor, target, after }) => actor === BOT && target === `#${pull.number}` && isOld((after as Pull).body ?? ''),
    )
    if (!earlier) return false
    editPull(github, by('grace', 'paste an old text'), pull.number, { body: (earlier.after as Pull).body })
    return true
  },
  'drop-note': onOpen(
    ({ github }, { number, body }) =>
      void editPull(github, by('grace', 'drop the note'), number, { body: body.replace(noteOf(body) ?? '', '') }),
  ),
  'stranger-status': onOpen(({ github }, { headSha }) => {
    const status = { sha: headSha, context: 'windlass', state: 'success', by: 'mallory', at: clock.stamp() }
    const entry = {
      actor: 'mallory',
      operation: 'status',
      target: headSha,
      before: null,
      after: status,
      cause: 'mallory: status',
    }
    github.change(entry, { statuses: [...github.state.statuses, status] })
    github.tell({
      event: 'status',
      payload: { sha: headSha, context: 'windlass', state: 'success', sender: { login: 'mallory' } },
    })
  }),
  'stranger-foresees': say(
    'mallory',
    Array.from({ length: 60 }, (_, i) => `<!-- windlass:reply ${1001 + i} -->`).join('\n'),
  ),
  'fake-note': onOpen(({ github }, { number, body, head }) => {
    const note = fakeNote(head.split('/').at(-1) ?? '')
    editPull(github, by('grace', 'paste a note'), number, { body: body.replace(noteOf(body) ?? '', note) })
  }),
  // Our own message with its signature, over other files.
  amend: onOpen(({ github }, { head, headSha }) => {
    const ours = github.objects.commit(headSha)
    const files = new Map(github.objects.filesOf(headSha)).set('MINE.md', { mode: '100644', text: 'Mine.\n' })
    github.moveRef(
      'grace',
      'grace: amend',
      head,
      commitOn(github, 'grace', ours?.parents ?? [], files, ours?.message ?? ''),
    )
  }),
  squat: ({ github, setting }, component) => {
    const branch = branchOf(setting.environments[0] ?? '', component)
    const base = github.head(DEFAULT_BRANCH) ?? ''
    if (github.head(branch) !== null) return false
    const files = new Map(github.objects.filesOf(base)).set('MINE.md', { mode: '100644', text: 'Mine.\n' })
    github.moveRef('grace', 'grace: squat', branch, commitOn(github, 'grace', [base], files, 'Mine'))
    return true
  },
  'own-pull': ({ github }, component, pull) => {
    const base = github.head(DEFAULT_BRANCH) ?? ''
    const head = `windlass/mine/${component}`
    if (github.head(head) !== null) return false
    const files = new Map(github.objects.filesOf(base)).set('MINE.md', { mode: '100644', text: 'Mine.\n' })
    github.moveRef('grace', 'grace: own pull', head, commitOn(github, 'grace', [base], files, 'Mine'))
    openPull(github, by('grace', 'own pull'), {
      title: `upgrade ${component}`,
      body: pull?.body ?? '',
      head,
      base: DEFAULT_BRANCH,
      draft: false,
    })
    return true
  },
  retitle: onOpen(
    ({ github }, { number }) => void editPull(github, by('grace', 'new title'), number, { title: 'Release train 7' }),
  ),
  'hold-secret': say('grace', `/windlass hold until ${TOKEN} works`),
  approve: say('ada', '/windlass approve prod'),
  'approve-wrongly': say('grace', '/windlass approve prod'),
  'edit-dashboard': onDashboard('dashboard', ({ body }) => ({ body: `${PARAGRAPH}\n\n${body}` })),
  'tick-look': onDashboard('tick', ({ body }) => ({
    body: body.replace('- [ ] <!-- windlass:tick look -->', '- [x] <!-- windlass:tick look -->'),
  })),
  'lose-notes': () => {
    for (const table of ['windlass_said', 'windlass_note', 'windlass_dashboard']) query(`delete from ${table}`)
    return true
  },
  'close-dashboard': onDashboard('close the dashboard', () => ({ state: 'closed' })),
}

/** A note that says what nobody of ours said, with a signature that is none. */
function fakeNote(component: string): string {
  const said = { by: 'mallory', at: '2026-02-02T09:00:00Z', reason: 'because' }
  const memory = {
    version: 1,
    generation: 99,
    environment: 'dev',
    component,
    from: BEFORE,
    to: AFTER,
    inputs: 'x',
    hold: said,
    ignored: [{ ...said, what: 'component', version: AFTER }],
    saidEdited: null,
    closed: null,
  }
  return `<!-- windlass:memory ${Buffer.from(JSON.stringify(memory)).toString('base64url')}.${'A'.repeat(43)} -->`
}

/** The newest pull request of ours for a component, in the first environment. */
export function pullOfComponent({ github, setting }: Scene, component: string): Pull | null {
  const branch = branchOf(setting.environments[0] ?? '', component)
  return [...github.state.pulls.values()].findLast(pull => pull.head === branch && pull.headRepo === FULL_NAME) ?? null
}

/** Does it, as GitHub allows; whether there was anything to do it to. */
export function perform(scene: Scene, { act, component }: Act): boolean {
  const name = COMPONENTS[component % scene.setting.upgrades] ?? COMPONENTS[0]
  try {
    return DEEDS[act](scene, name, pullOfComponent(scene, name))
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
