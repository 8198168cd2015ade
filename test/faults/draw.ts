import { type Fault, HARMS, type Harm, type Kind } from './border.ts'
import { ACTS, type Act } from './people.ts'
import { createRandom, type Random } from './random.ts'
import type { Mail, Schedule } from './schedule.ts'
import { WORLDS, type WorldName } from './worlds.ts'

/** Crossings of each kind in the story of one upgrade, about; faults beyond the last crossing would be wasted. */
const CROSSINGS: readonly (readonly [Kind, number])[] = [
  ['rest', 24],
  ['db', 34],
  ['queue', 18],
  ['registry', 10],
  ['git', 4],
  ['model', 4],
]

const MAIL: readonly Mail['does'][] = ['lose', 'double', 'again', 'late']

/** Crossings where it matters most are drawn more often. */
function place(random: Random, upgrades: number): { readonly kind: Kind; readonly nth: number } {
  const [kind, about] = random.chance(0.6) ? (['rest', 24] as const) : random.pick(CROSSINGS)
  return { kind, nth: random.between(1, about + Math.floor((about * (upgrades - 1)) / 2)) }
}

function act(random: Random, upgrades: number): Act {
  return { act: random.pick(ACTS), component: random.between(0, upgrades - 1) }
}

/** One to six things that go wrong, and up to four acts of people, drawn from a seed. */
export function draw(seed: number): Schedule {
  const random = createRandom(seed)
  const world = random.pick(Object.keys(WORLDS) as WorldName[])
  const { upgrades } = WORLDS[world]
  const faults: Fault<Harm>[] = []
  const interrupts: { readonly kind: Kind; readonly nth: number; readonly does: Act }[] = []
  const mail: Mail[] = []
  const forgeries: Schedule['forgeries'][number][] = []
  for (let left = random.between(1, 6); left > 0; left--) {
    const what = random.next()
    if (what < 0.6) faults.push({ ...place(random, upgrades), does: random.pick(HARMS) })
    else if (what < 0.8) interrupts.push({ ...place(random, upgrades), does: act(random, upgrades) })
    else if (what < 0.95) mail.push({ nth: random.between(1, 8), does: random.pick(MAIL) })
    else forgeries.push(random.pick(['unsigned', 'wrong-secret', 'replay', 'other-body'] as const))
  }
  const acts = Array.from({ length: random.between(0, 4) }, () => act(random, upgrades))
  return { seed, world, replicas: random.chance(0.5) ? 2 : 1, faults, interrupts, acts, mail, forgeries }
}
