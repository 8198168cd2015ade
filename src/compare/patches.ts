import type { FactOf, Resource } from '../model.ts'
import { child } from './data.ts'
import type { Issue } from './validate/index.ts'

type Why = FactOf<'resource'>['why'][number]

/** The other resources of the repository with the kind and name of one: bases that it is laid over, and overlays of it. */
export type Namesakes = (resource: Resource) => readonly Resource[]

/** Finds namesakes; the index is made when the first is asked for. */
export function namesakesIn(resources: readonly Resource[]): Namesakes {
  let index: ReadonlyMap<string, readonly Resource[]> | null = null
  return resource => {
    index ??= Map.groupBy(resources, identity)
    return (index.get(identity(resource)) ?? []).filter(other => other !== resource)
  }
}

function identity({ apiVersion, kind, name }: Resource): string {
  return JSON.stringify([apiVersion.split('/')[0], kind, name])
}

/**
 * Why a resource is no whole one, null when it may be one: Kustomize's `$patch`, or it has always lacked required fields (`missing`) that
 * a namesake gives. What a patch does not say is no failure of it.
 */
export function patchOf(resource: Resource, missing: readonly Issue[], namesakes: Namesakes): Why | null {
  if (child(resource.body, '$patch') !== undefined) return told('it is a patch')
  const base = baseOf(resource, missing, namesakes)
  return base ? told(`it lacks required fields that ${base.file}:${base.line} gives, so it is a patch of that`) : null
}

/** A namesake that gives all the required fields that a resource lacks, and may feed the same environment. */
export function baseOf(resource: Resource, issues: readonly Issue[], namesakes: Namesakes): Resource | undefined {
  const lacks = issues.filter(({ kind }) => kind === 'required')
  if (lacks.length === 0) return undefined
  const near = namesakes(resource).filter(
    other => other.environment === null || other.environment === resource.environment,
  )
  return near.find(other => lacks.every(({ at }) => gives(other, at)))
}

function told(detail: string): Why {
  return { kind: 'patch', path: '', detail }
}

function gives({ body }: Resource, path: Issue['at']): boolean {
  let here: unknown = body
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined
    else here = Object.hasOwn(Object(here), step) ? (here as Record<string, unknown>)[step] : undefined
  }
  return here !== undefined
}
