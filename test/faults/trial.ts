import { randomUUID } from 'node:crypto'
import { type Border, createBorder, type Incarnation, turn } from './border.ts'
import { createJobs, type Jobs } from './boss.ts'
import { clock, type Timer } from './clock.ts'
import { type EndState, endState } from './end-state.ts'
import { createGitHub, FULL_NAME, type GitHub, INSTALLATION, type Told } from './github.ts'
import { createLimits, type Limits } from './limits.ts'
import { type Act, perform } from './people.ts'
import { emptyDatabase, isPauseWritten, nextDue, query } from './pglite.ts'
import { disconnect } from './places.ts'
import { createRandom, type Random } from './random.ts'
import { type Replica, signatureOf, start } from './replica.ts'
import type { Schedule } from './schedule.ts'
import type { Published } from './services.ts'
import { showRepository } from './shapes.ts'
import { filesOf, publishedFor, WORLDS } from './worlds.ts'

/** Events of a trial after which it counts as restless. */
const MOST_EVENTS = 20_000

/** Milliseconds of simulated time that are waited for something to be due. */
const HORIZON = 2 * 3_600_000

/** Milliseconds after the last fault until the sweep comes, and until an hourly limit has forgotten everything. */
const PERIOD = 600_000
const HOUR = 3_700_000

/** A delivery of GitHub, and every answer that it got. */
export type Sent = { readonly guid: string; readonly event: string; readonly body: string; readonly answers: number[] }

/** How a trial went. */
export type Course = {
  readonly schedule: Schedule
  readonly github: GitHub
  readonly limits: Limits
  readonly published: Published
  readonly border: Border
  readonly jobs: Jobs
  readonly replicas: readonly Replica[]
  readonly sent: readonly Sent[]
  /** Acts that found something to be done to, in their order, each with what there was to be seen before it. */
  readonly acted: readonly Acted[]
  readonly kills: number
  /** Whether it came to rest. */
  readonly rested: boolean
  /** What there was to be seen, and which deliveries had come to no end, when everything was at rest and no sweep had helped yet. */
  readonly unswept: { readonly seen: EndState; readonly open: ReadonlySet<string> }
  /** Length of the log of GitHub before the last, undisturbed sweep. */
  readonly settledAt: number
  /** Answers to forged deliveries. */
  readonly forged: readonly number[]
}

/** `before` is null for what came into the middle of something. */
export type Acted = { readonly act: Act; readonly before: EndState | null }

type Due = { readonly at: number; readonly run: () => void | Promise<void> }

class Stage {
  readonly random: Random
  readonly border: Border
  readonly jobs: Jobs
  readonly github: GitHub
  readonly limits = createLimits(isPauseWritten)
  readonly replicas: Replica[] = []
  readonly sent: Sent[] = []
  readonly acted: Acted[] = []
  readonly forged: number[] = []
  readonly schedule: Schedule
  kills = 0
  events = 0
  private readonly agenda: Due[] = []
  readonly published: Published
  private deliveries = 0
  private calm = false
  private nextDue: number | null = null

  constructor(schedule: Schedule) {
    this.schedule = schedule
    const setting = WORLDS[schedule.world]
    this.random = createRandom(schedule.seed)
    clock.reset(this.random.next)
    this.published = publishedFor(setting)
    this.jobs = createJobs(schedule.replicas > 1)
    this.border = createBorder({
      random: this.random,
      faults: schedule.faults,
      kill: by => this.kill(by),
      before: (kind, nth) => {
        for (const interrupt of schedule.interrupts)
          if (interrupt.kind === kind && interrupt.nth === nth) this.act(interrupt.does, null)
      },
      paused: by => this.jobs.silence(by),
    })
    this.github = createGitHub(filesOf(setting), told => this.deliver(told))
  }

  private get scene() {
    return { github: this.github, setting: WORLDS[this.schedule.world], published: this.published }
  }

  act(act: Act, before: EndState | null): void {
    if (perform(this.scene, act)) this.acted.push({ act, before })
  }

  launch(slot: number): void {
    const { border, github, jobs, limits, published } = this
    const engine = this.schedule.replicas > 1 ? 'postgres' : 'pglite'
    const name = `replica-${slot}.${this.replicas.filter(replica => replica.slot === slot).length + 1}`
    const connections = { border, github, jobs, limits, published, engine } as const
    this.replicas.push(start(slot, name, connections, replica => this.kill(replica)))
  }

  kill(by: Incarnation): void {
    const replica = this.replicas.find(each => each === by)
    if (!replica?.alive) return
    replica.alive = false
    replica.door = null
    this.kills += 1
    this.jobs.silence(by)
    this.jobs.stop(by)
    this.later(this.random.between(2_000, 8_000), () => this.launch(replica.slot))
  }

  private later(ms: number, run: Due['run']): void {
    this.agenda.push({ at: clock.now() + ms, run })
  }

  /** What GitHub tells us, a moment later, unless the schedule says otherwise. */
  private deliver({ event, payload }: Told): void {
    const nth = ++this.deliveries
    const does = this.calm ? null : (this.schedule.mail.find(mail => mail.nth === nth)?.does ?? null)
    if (does === 'lose') return
    const body = JSON.stringify({
      ...payload,
      repository: showRepository(FULL_NAME),
      installation: { id: INSTALLATION },
    })
    const one: Sent = { guid: randomUUID(), event, body, answers: [] }
    this.sent.push(one)
    const soon = this.random.between(100, 1_500)
    this.later(does === 'late' ? 600_000 : soon, () => this.hand(one))
    if (does === 'double') this.later(soon, () => this.hand(one))
    if (does === 'again') {
      const again: Sent = { ...one, guid: randomUUID(), answers: [] }
      this.sent.push(again)
      this.later(soon + 20_000, () => this.hand(again))
    }
  }

  /** Hands a delivery to one of those that listen; where nobody does, it is lost. */
  hand(sent: Sent, headers: Readonly<Record<string, string>> = {}): void {
    const open = this.replicas.filter(
      ({ alive, door, pausedUntil }) => alive && door !== null && pausedUntil <= clock.now(),
    )
    const [first] = open
    if (first === undefined) return
    const replica = this.random.pick(open)
    const signed = {
      'content-type': 'application/json',
      'x-github-event': sent.event,
      'x-github-delivery': sent.guid,
      'x-hub-signature-256': signatureOf(sent.body),
    }
    clock.as(
      replica,
      () =>
        void replica
          .door?.({ ...signed, ...headers }, sent.body)
          .then(answered => sent.answers.push(answered?.status ?? 0)),
    )
  }

  /** What a stranger sends. */
  forge(kind: Schedule['forgeries'][number]): void {
    const genuine = this.sent.find(({ answers }) => answers.includes(202))
    if (!genuine) return
    if (kind === 'replay') {
      this.hand(genuine)
      return
    }
    const one: Sent = { ...genuine, guid: randomUUID(), answers: this.forged }
    const other = { ...one, body: one.body.replace('"acme"', '"ecma"') }
    if (kind === 'other-body') this.hand(other, { 'x-hub-signature-256': signatureOf(genuine.body) })
    else this.hand(one, { 'x-hub-signature-256': signatureOf(one.body, kind === 'unsigned' ? '' : 'a guess') })
  }

  sweep(): void {
    const tick = new Date(Math.floor(clock.now() / 1000) * 1000)
    for (const replica of this.replicas) {
      if (replica.alive && replica.queue)
        clock.as(replica, () => void replica.queue?.sweep(null, 'sweep', tick).catch(() => {}))
    }
  }

  /** GitHub tells of a push to the default branch. */
  push(): void {
    this.github.tell({ event: 'push', payload: { ref: 'refs/heads/main', sender: { login: 'ada' } } })
  }

  stopFaults(): void {
    this.calm = true
    this.border.calm()
  }

  /** Lets everything happen until nothing is left to happen; whether it came to that. */
  async rest(): Promise<boolean> {
    for (;;) {
      await turn()
      if (++this.events > MOST_EVENTS) return false
      if (await this.step()) continue
      const next = this.nextTime()
      if (next === null || next - clock.now() > HORIZON) return true
      clock.advanceTo(next)
    }
  }

  private readonly mayRun = (owner: unknown): boolean => {
    const replica = owner as Incarnation | null
    return replica === null || (replica.alive && replica.pausedUntil <= clock.now())
  }

  /**
   * The timers that count. The product looks every second or two for dates that have come and for jobs without a master;
   * where there is nothing to be found, looking changes nothing and is left out.
   */
  private timers(): readonly Timer[] {
    const hasCome = this.nextDue !== null && this.nextDue <= clock.now()
    const mayLook = hasCome || this.jobs.isAbandoned()
    return clock.pending(this.mayRun).filter(({ background, every }) => !background || (every !== null && mayLook))
  }

  /** Does one of the things that can be done now; false when there is none. */
  private async step(): Promise<boolean> {
    this.nextDue = nextDue()
    const now = clock.now()
    const choices: (() => void | Promise<void>)[] = [
      ...this.border.ready().map(crossing => () => this.border.forward(crossing)),
      ...this.agenda.filter(({ at }) => at <= now).map(due => () => this.keep(due)),
      ...this.timers()
        .filter(({ at }) => at <= now)
        .map(timer => () => clock.fire(timer)),
      ...this.jobs.ready(by => this.mayRun(by)),
    ]
    if (choices.length === 0) return false
    await this.random.pick(choices)()
    return true
  }

  private keep(due: Due): void | Promise<void> {
    this.agenda.splice(this.agenda.indexOf(due), 1)
    return due.run()
  }

  private nextTime(): number | null {
    const asleep = this.replicas.filter(({ alive, pausedUntil }) => alive && pausedUntil > clock.now())
    const times = [
      ...this.agenda.map(({ at }) => at),
      ...asleep.map(({ pausedUntil }) => pausedUntil),
      ...this.timers().map(({ at }) => at),
    ]
    if (this.nextDue !== null && this.nextDue > clock.now()) times.push(this.nextDue)
    const jobs = this.jobs.due()
    if (jobs !== null) times.push(jobs)
    return times.length === 0 ? null : Math.max(clock.now(), Math.min(...times))
  }
}

/** Runs a schedule from the first push to rest, and a last sweep over what came of it. */
export async function runTrial(schedule: Schedule): Promise<Course> {
  disconnect()
  emptyDatabase()
  const stage = new Stage(schedule)
  for (let slot = 1; slot <= schedule.replicas; slot++) stage.launch(slot)
  let rested = await stage.rest()
  const { github } = stage
  const { policy } = WORLDS[schedule.world]
  stage.push()
  rested &&= await stage.rest()
  for (const act of schedule.acts) {
    stage.act(act, endState(github))
    rested &&= await stage.rest()
  }
  for (const forgery of schedule.forgeries) {
    stage.forge(forgery)
    rested &&= await stage.rest()
  }
  const open = query('select guid from windlass_delivery where done_at is null').map(({ guid }) => String(guid))
  const unswept = { seen: endState(github), open: new Set(open) }
  stage.stopFaults()
  for (let sweeps = policy.includes('prHourlyLimit: 2') ? 2 : 1; sweeps > 0; sweeps--) {
    clock.advanceTo(clock.now() + (sweeps > 1 ? HOUR : PERIOD))
    stage.sweep()
    rested &&= await stage.rest()
  }
  // What killed the process twice waits for an event, as it is meant to.
  if (query('select 1 from windlass_attempt where parked_at is not null').length > 0) {
    stage.push()
    rested &&= await stage.rest()
    stage.sweep()
    rested &&= await stage.rest()
  }
  const settledAt = github.log.length
  stage.sweep()
  rested &&= await stage.rest()
  const { limits, published, border, jobs, replicas, sent, acted, kills, forged } = stage
  return {
    schedule,
    github,
    limits,
    published,
    border,
    jobs,
    replicas,
    sent,
    acted,
    kills,
    rested,
    unswept,
    settledAt,
    forged,
  }
}
