import type { EnvironmentPolicy, Policy } from '../config.ts'
import type { Detected, Disbelieved, Health } from '../model.ts'
import { firstReports, gitopsFacts, type Standing, watch } from '../watch/index.ts'
import type { World } from '../world.ts'

/** A version that stands in an environment, by the branch of its pull requests; `strict`: somebody must say something about its health. */
export type Asked = {
  readonly branch: string
  readonly environment: string | null
  readonly standing: Standing
  readonly strict: boolean
}

/** The health of what was asked for, by branch; signals that nobody believed; and what people should know about how it is delivered. */
export type Watched = {
  readonly health: ReadonlyMap<string, Health>
  readonly disbelieved: readonly Disbelieved[]
  readonly says: readonly string[]
}

/** An environment that the policy does not list expects nothing. */
function policyOf(name: string | null, { environments }: Policy): EnvironmentPolicy {
  const listed = environments.find(environment => environment.name === name)
  const nothing = { paths: [], kubernetes: null, requiredSoakTime: 0, approval: [], window: null, branch: null }
  return listed ?? { name: name ?? 'default', cluster: null, health: [], ...nothing }
}

/** Asks once for all signals that matter, and judges each; asks nobody where nothing is expected. */
export async function watchAll(
  { world, policy, detected }: { readonly world: World; readonly policy: Policy; readonly detected: Detected },
  asked: readonly Asked[],
): Promise<Watched> {
  const wanted = [...new Map(asked.filter(({ strict }) => strict).map(one => [one.branch, one])).values()]
  const [first] = wanted.map(({ standing }) => standing.since).toSorted()
  if (first === undefined) return { health: new Map(), disbelieved: [], says: [] }
  const commits = [...new Set(wanted.flatMap(({ standing }) => standing.commits))]
  const signals = await world.signals({ commits, since: first })
  const gitops = gitopsFacts(detected)
  const health = new Map<string, Health>()
  const seen = []
  for (const { branch, environment, standing, strict } of wanted) {
    const watched = { environment: policyOf(environment, policy), standing, strict, signals, gitops, now: world.now() }
    const reporters = new Map<string, string>()
    for (const { name, by } of firstReports(watched))
      reporters.set(name, await world.reporter(watched.environment.name, name, by))
    const one = watch({ ...watched, reporters })
    health.set(branch, one.health)
    seen.push(one)
  }
  return {
    health,
    disbelieved: seen.flatMap(({ ignored }) => ignored),
    says: [...new Set(seen.flatMap(({ says }) => says))],
  }
}
