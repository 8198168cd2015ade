import { z } from 'zod'
import { readRange } from '../text/version.ts'

/** A semver range over the tool's own (app) versions, as npm writes it. */
const range = z.string().refine(text => readRange(text) !== null, 'not a semver range')

/** Where a statement stands: `https://…`, or `owner/name@ref:path` for a file in a repository at GitHub. */
const source = z.string().regex(/^(?:https:\/\/\S+|[\w.-]+\/[\w.-]+@[\w./-]+:\S+)$/)

/** Something that people must do or know. `entering`: said when an upgrade comes from outside this range and ends inside it. */
const advice = z.strictObject({ entering: range, say: z.string(), source })

const object = z.strictObject({ apiVersion: z.string(), kind: z.string() })

/** `spec.a.b`, `spec.list[0].a`, or `spec.list[].a` for every item. */
const path = z.string().regex(/^[\w-]+(?:\[\d*\])*(?:\.[\w-]+(?:\[\d*\])*)*$/)

/** A step is taken only when the value at `path` is `is`, or when something stands at `has`. */
const condition = z.union([z.strictObject({ path, is: z.json() }), z.strictObject({ has: path })])

/**
 * One step of turning an object into its successor. Steps are taken in order; a step whose field is not there does nothing.
 * `move` may translate the value: by `values` (a value that is not listed stays; null drops the field), or into `text`, where
 * `{}` is the value. `set` writes a value where none is. `drop` removes a field that means nothing any more. `prefix` puts `with`
 * before a text unless it matches `unless`. `ask` is for a person when the field is there (and its text is `matching`); `note` only says
 * something.
 */
const step = z.union([
  z.strictObject({
    move: path,
    to: path,
    values: z.record(z.string(), z.json()).optional(),
    text: z.string().optional(),
    if: condition.optional(),
  }),
  z.strictObject({ set: path, value: z.json(), if: condition.optional() }),
  z.strictObject({ drop: path }),
  z.strictObject({ prefix: path, with: z.string(), unless: z.string() }),
  z.strictObject({ ask: path, say: z.string(), matching: z.string().optional() }),
  z.strictObject({ note: z.string() }),
])

/** An object to be made; `${path}` in it is filled in. */
const template = z.strictObject({ if: condition.optional(), object: z.record(z.string(), z.json()) })

/**
 * How an object becomes one of another version or kind. `at`: the target versions of the tool at which it is offered.
 * `create` are further objects that take over a part of the old one; `${path}` in them is filled in, and an object with a path
 * that is not there is left out. `refers` are objects without which the new one does not work: each must be in the repository, or
 * come with the same migration.
 */
const map = z.strictObject({
  from: object,
  to: object,
  at: range,
  steps: z.array(step).default([]),
  refers: z.array(z.strictObject({ apiVersion: z.string(), kind: z.string(), name: path })).default([]),
  create: z.array(template).default([]),
  source,
})

/** A value of the chart under a new name; `to` null when it has no successor. `entering` counts the chart's own versions. */
const valueMap = z.strictObject({ entering: range, from: z.string(), to: z.string().nullable(), source })

/** A value whose place objects of their own take: those that `create` makes of each item of the list `each` in it. `entering` as above. */
const valueObject = z.strictObject({
  entering: range,
  key: path,
  each: path,
  create: z.array(template),
  say: z.string(),
  source,
})

/**
 * What is known of one tool. Every statement carries its source; versions are the tool's own unless an artefact says otherwise.
 * - `artefacts`: charts and OCI artefacts by the end of their address (`repository/chart`); `version: own` when the chart counts by itself.
 * - `repositories`: `owner/name` at GitHub whose tags are versions of the tool. `groups`: API groups of its CRDs.
 * - `minors`: no minor version may be skipped while the version that stands is in `leaving`.
 * - `patchFirst`: the newest patch of the own minor comes before another minor, while the version that stands is in `leaving`.
 * - `stops`: an upgrade from below to above `through` makes a stop there; `leave` is what to do before going on.
 * - `needs`: another tool that must have come to `atLeast` (`same`: the version that is being entered) in the same environment first.
 */
export const toolSchema = z.strictObject({
  name: z.string(),
  artefacts: z
    .array(z.strictObject({ address: z.string(), version: z.enum(['app', 'own']).default('app') }))
    .default([]),
  repositories: z.array(z.string()).default([]),
  groups: z.array(z.string()).default([]),
  crds: z
    .strictObject({
      delivery: z.enum(['crds-folder', 'templates', 'own-chart', 'manifests', 'operator']),
      storageCheck: z.array(z.string()).default([]),
      source,
    })
    .nullable()
    .default(null),
  minors: z.strictObject({ leaving: range, source }).nullable().default(null),
  patchFirst: z.strictObject({ leaving: range, source }).nullable().default(null),
  stops: z
    .array(z.strictObject({ through: range, why: z.string(), leave: z.array(z.string()).default([]), source }))
    .default([]),
  needs: z
    .array(
      z.strictObject({
        tool: z.string(),
        entering: range,
        atLeast: z.union([z.literal('same'), z.string().regex(/^\d+\.\d+\.\d+$/)]),
        why: z.string(),
        source,
      }),
    )
    .default([]),
  kubernetes: z.array(z.strictObject({ at: range, range, source })).default([]),
  rollback: z.array(z.strictObject({ entering: range, possible: z.boolean(), say: z.string(), source })).default([]),
  todo: z.array(advice).default([]),
  maps: z.array(map).default([]),
  values: z.array(valueMap).default([]),
  valueObjects: z.array(valueObject).default([]),
})

/** What is known of one tool: one file of this folder. */
export type Tool = z.infer<typeof toolSchema>
export type ObjectMap = Tool['maps'][number]
export type MapStep = ObjectMap['steps'][number]
