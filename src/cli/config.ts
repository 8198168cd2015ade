import { existsSync, readFileSync } from 'node:fs'
import { POLICY_FILES, policyJsonSchema, problemLine, readPolicy } from '../config.ts'
import { plural } from '../report/headline.ts'
import { printJson } from './checkout.ts'
import { EXIT, UsageError } from './exit.ts'
import { say } from './say.ts'

function fileOf(path: string | undefined): string {
  const file = path ?? POLICY_FILES.find(name => existsSync(name))
  if (file === undefined)
    throw new UsageError(`no policy here: looked for ${POLICY_FILES.join(' and ')}; everything in it is optional`)
  if (!existsSync(file)) throw new UsageError(`reading ${file}: there is no such file`)
  return file
}

/** `windlass config validate [file]`: every error with line, column and what to write instead. Answers the exit code. */
export function validate(path: string | undefined): number {
  const file = fileOf(path)
  const read = readPolicy(file, readFileSync(file, 'utf8'))
  if (!read.ok) {
    for (const problem of read.problems) say(process.stderr, problemLine(problem))
    return EXIT.usage
  }
  for (const warning of read.warnings) say(process.stderr, problemLine(warning))
  console.log(`${file} is valid${read.warnings.length > 0 ? `, with ${plural(read.warnings.length, 'remark')}` : ''}`)
  return EXIT.done
}

/** `windlass config schema`. */
export function printSchema(): void {
  printJson(policyJsonSchema())
}
