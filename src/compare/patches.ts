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
 * Why a resource is no whole one, null when it is: Kustomize's `$patch`, or it lacks required fields that a namesake gives.
 * What a patch does not say is no failure of it.
 */
export function patchOf(resource: Resource, missing: readonly Issue[], namesakes: Namesakes): Why | null {
  if (child(resource.body, '$patch') !== undefined) return told('it is a patch')
  const lacks = missing.filter(({ kind }) => kind === 'required')
  if (lacks.length === 0) return null
  const base = namesakes(resource).find(other => lacks.every(({ at }) => gives(other, at)))
  return base ? told(`it lacks required fields that ${base.file}:${base.line} gives, so it is a patch of that`) : null
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
