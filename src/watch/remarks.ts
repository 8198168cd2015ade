import type { Disbelieved } from '../model.ts'
import { type Application, feeds, type GitOpsFacts } from './gitops.ts'

/** What a person should know about how an environment is delivered. */
export function remarks(environment: string, { promoter, applications }: GitOpsFacts): readonly string[] {
  const several = manySources(environment, applications)
  return [
    ...(promoter === null
      ? []
      : [
          `GitOps Promoter moves changes between environments here (${promoter}): Windlass changes what it promotes, and only watches its pull requests`,
        ]),
    ...(several.length === 0 ? [] : [MANY(several)]),
  ]
}

/** Why nothing may have been heard, beside the silence itself. */
export function silence(environment: string, ignored: readonly Disbelieved[], gitops: GitOpsFacts): readonly string[] {
  const several = manySources(environment, gitops.applications)
  return [
    ...new Set(ignored.map(({ signal, why }) => `${signal.name} does not count: ${why}`)),
    ...(several.length === 0 ? [] : [MANY(several)]),
  ].slice(0, 5)
}

function manySources(environment: string, applications: readonly Application[]): readonly string[] {
  return applications
    .filter(application => application.sources > 1 && feeds(application.environment, environment))
    .map(({ name }) => name)
}

/** Argo CD's default paths for repository and revision are those of a single source (argo-cd#15617). */
const MANY = (names: readonly string[]) =>
  `the default notification templates of Argo CD do not work for Applications with several sources (${names.slice(0, 5).join(', ')}): set repoURLPath and revisionPath, see docs/health.md`
