import type { Action, Chart, Looked, Proposal, Release, RepoFile } from '../../src/model.ts'
import type { ModelQuestion, World } from '../../src/world.ts'
import { aChart } from '../support/plans.ts'

/** A world made of values: set them, walk, look at what was asked and done. */
export class FakeWorld implements World {
  files: RepoFile[] = []
  releaseValues: Release[] = []
  asked: ModelQuestion[] = []
  done: Action[] = []
  found: Proposal[] = []
  time = new Date('2026-02-01T12:00:00Z')
  seen = new Map<string, string>()
  broken: string | null = null

  put(path: string, text: string): void {
    this.files = [...this.files.filter(file => file.path !== path), { path, blob: path, text }]
  }

  now = () => this.time
  tree = async () => ({ commit: 'c'.repeat(40), files: this.files, skipped: [] })
  publishedAt = async () => null
  digest = async (): Promise<Looked<string>> => ({ ok: false, reason: 'no digest', retry: false })
  render = async () => ({ ok: true as const, objects: [] })
  proposals = async () => this.found
  foreignBranches = async () => new Set<string>()
  comments = async () => []
  progress = () => {}

  async releases(source: { readonly url: string }): Promise<Looked<readonly Release[]>> {
    if (this.broken !== null && source.url.includes(this.broken)) throw new TypeError('nobody foresaw this')
    return { ok: true, value: this.releaseValues }
  }

  async chart(_: unknown, version: string): Promise<Looked<Chart>> {
    return { ok: true, value: aChart({ name: 'beacon', version, digest: `sha256:${version}` }) }
  }

  async firstSeen(_: unknown, version: string): Promise<string> {
    const at = this.seen.get(version) ?? this.time.toISOString()
    this.seen.set(version, at)
    return at
  }

  async ask(question: ModelQuestion) {
    this.asked.push(question)
    return { kind: 'none' as const, reason: 'no model in this world' }
  }

  async perform(action: Action): Promise<void> {
    this.done.push(action)
  }
}
