import type {
  Action,
  BumpPull,
  Change,
  Chart,
  Comment,
  Dashboard,
  FileChange,
  Looked,
  Proposal,
  Release,
  RepoFile,
  Reviewed,
  SeenReview,
  Signal,
  Source,
  Tree,
} from '../../src/model.ts'
import { embed } from '../../src/report/memory.ts'
import type { ModelQuestion, World } from '../../src/world.ts'
import { aChart } from '../support/plans.ts'

/** A world made of values: set them, walk, look at what was asked and done. */
export class FakeWorld implements World {
  files: RepoFile[] = []
  releaseValues: Release[] = []
  /** What a source publishes, by the end of its address or the name of its chart; every other one publishes `releaseValues`. */
  published = new Map<string, readonly Release[]>()
  /** What is special about a chart of some version, `name-version`. */
  charts = new Map<string, Partial<Chart>>()
  /** Sources that do not answer, named as in `published`. */
  silent = new Set<string>()
  /** Other branches than the default one. */
  branches = new Map<string, RepoFile[]>()
  asked: ModelQuestion[] = []
  done: Action[] = []
  found: Proposal[] = []
  time = new Date('2026-02-01T12:00:00Z')
  seen = new Map<string, string>()
  broken: string | null = null
  waiting: Comment[] = []
  board: Dashboard | null = null
  pulls: BumpPull[] = []
  /** What the pull requests of others change, by their number. */
  changes = new Map<number, Change>()
  noted = new Map<number, Reviewed>()
  reviews = new Map<number, SeenReview>()
  said: Signal[] = []
  reporters = new Map<string, string>()

  put(path: string, text: string): void {
    this.files = [...this.files.filter(file => file.path !== path), { path, blob: path, text }]
  }

  now = () => this.time
  tree = async () => ({ commit: 'c'.repeat(40), files: this.files, skipped: [] })
  branch = async (name: string): Promise<Looked<Tree>> => {
    const files = this.branches.get(name)
    if (!files) return { ok: false, reason: 'there is no such branch', retry: false }
    return { ok: true, value: { commit: 'd'.repeat(40), files, skipped: [] } }
  }
  publishedAt = async () => null
  digest = async (): Promise<Looked<string>> => ({ ok: false, reason: 'no digest', retry: false })
  render = async () => ({ ok: true as const, objects: [] })
  proposals = async () => this.found
  ourBranches = async () => []
  changed: Looked<readonly FileChange[]> = { ok: false, reason: 'no such commit', retry: false }
  change = async () => this.changed
  comments = async (): Promise<Comment[]> => this.waiting
  bumps = async (): Promise<BumpPull[]> => this.pulls
  reviewed = async ({ number }: BumpPull): Promise<Reviewed | null> => this.noted.get(number) ?? null
  dashboard = async (): Promise<Dashboard | null> => this.board
  signals = async (): Promise<Signal[]> => this.said
  woken: ReadonlySet<string> = new Set(['push'])
  progress = () => {}

  async releases(source: Source): Promise<Looked<readonly Release[]>> {
    if (this.broken !== null && source.url?.includes(this.broken)) throw new TypeError('nobody foresaw this')
    const isOf = (name: string) => source.chart === name || (source.url?.endsWith(name) ?? false)
    if ([...this.silent].some(isOf)) return { ok: false, reason: `${source.url} answers 404`, retry: false }
    const name = [...this.published.keys()].find(isOf)
    return { ok: true, value: (name && this.published.get(name)) || this.releaseValues }
  }

  async chart(source: Source, version: string): Promise<Looked<Chart>> {
    const name = source.chart ?? 'beacon'
    const more = this.charts.get(`${name}-${version}`)
    return { ok: true, value: aChart({ name, version, digest: `sha256:${version}`, ...more }) }
  }

  async changeOf({ number }: BumpPull): Promise<Looked<Change>> {
    const value = this.changes.get(number)
    return value ? { ok: true, value } : { ok: false, reason: 'the commit is gone', retry: true }
  }

  async firstSeen(_: unknown, version: string): Promise<string> {
    const at = this.seen.get(version) ?? this.time.toISOString()
    this.seen.set(version, at)
    return at
  }

  async since(key: string): Promise<string> {
    return this.firstSeen(null, key)
  }

  async reporter(environment: string, name: string, by: string): Promise<string> {
    const key = `${environment} ${name}`
    const first = this.reporters.get(key) ?? by
    this.reporters.set(key, first)
    return first
  }

  async ask(question: ModelQuestion) {
    this.asked.push(question)
    return { kind: 'none' as const, reason: 'no model in this world' }
  }

  /** The dashboard stands as it was written; everything else is noted. */
  async perform(action: Action): Promise<number | null> {
    if (action.do === 'dashboard') {
      const { title, state, memory, body } = action
      this.board = { number: action.number ?? 100, state, title, memory, ticks: [], body: embed('', body, '') }
      return null
    }
    this.done.push(action)
    return action.do === 'open' ? this.done.length : null
  }
}
