import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** The environment as Node gives it. */
export type Env = { [name: string]: string | undefined }

/** One wrong variable: what is wrong with it and what to write instead. Never contains the value of a secret. */
export type SettingProblem = { readonly variable: string; readonly wrong: string; readonly write: string }

/** Reads variables one by one and collects every problem, so that a person sees all of them at once. */
export type Reader = {
  /** The trimmed value, null when unset or empty. */
  text(name: string): string | null
  /** Notes a problem and answers `fallback`, so that reading goes on. */
  wrong<T>(variable: string, wrong: string, write: string, fallback: T): T
  readonly problems: readonly SettingProblem[]
}

export function readVariables(env: Env): Reader {
  const problems: SettingProblem[] = []
  return {
    problems,
    text: name => env[name]?.trim() || null,
    wrong(variable, wrong, write, fallback) {
      problems.push({ variable, wrong, write })
      return fallback
    },
  }
}

/** A whole number between `low` and `high`, both included. */
export function integer(read: Reader, name: string, low: number, high: number, fallback: number): number {
  const text = read.text(name)
  if (text === null) return fallback
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= low && value <= high) return value
  return read.wrong(name, `"${text}" is not a whole number from ${low} to ${high}`, `${name}=${fallback}`, fallback)
}

/** One of a few words. */
export function oneOf<T extends string>(read: Reader, name: string, words: readonly T[], fallback: T): T {
  const text = read.text(name)
  if (text === null) return fallback
  const word = words.find(candidate => candidate === text.toLowerCase())
  return word ?? read.wrong(name, `"${text}" is none of ${words.join(', ')}`, `${name}=${fallback}`, fallback)
}

/** The absolute path of a file that must be readable, null when the variable is unset. */
export function readableFile(read: Reader, name: string): string | null {
  const text = read.text(name)
  if (text === null) return null
  const path = resolve(text)
  const reason = whyNotReadable(path)
  if (reason === null) return path
  return read.wrong(name, `${path}: ${reason}`, 'the path of a file that this process may read', null)
}

function whyNotReadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile() ? null : 'not a file'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read'
  }
}

/** The text of a file named by a variable, null when unset or not readable (which is then a problem). */
export function fileText(read: Reader, name: string): string | null {
  const path = readableFile(read, name)
  return path === null ? null : readFileSync(path, 'utf8')
}

/** An executable: a path, or a bare name that is looked up in PATH. Null when the variable is unset. */
export function executable(read: Reader, name: string): string | null {
  const text = read.text(name)
  if (text === null) return null
  const folders = text.includes('/') ? [''] : (read.text('PATH') ?? '').split(delimiter)
  const found = folders.map(folder => resolve(join(folder, text))).find(isExecutable)
  return found ?? read.wrong(name, `"${text}" is not an executable file`, 'the path of the binary, or unset it', null)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
