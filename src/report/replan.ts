import { ATTEMPTS, type Memory, type Replan } from '../model.ts'
import { cell, code } from '../text/markdown.ts'

/** Between these lines stands what is said about CI, so that it can be written anew without the rest of the text. */
const BEGIN = '<!-- windlass:ci -->'
const END = '<!-- windlass:ci-end -->'

/** What CI came to, as people say it; the keys are the causes of the decide room. */
const CAUSES: Readonly<Record<string, string>> = {
  schema: 'the manifests do not fit their schema',
  render: 'the manifests cannot be rendered',
  policy: 'a policy refuses the manifests',
  'missing-crd': 'a kind is not known where the manifests are checked',
  'version-conflict': 'versions do not fit together',
  flake: 'the surroundings failed, it seems, and not the change',
  unknown: 'for a reason that no rule knows',
}

const DID: Readonly<Record<Replan['did'], string>> = {
  rerun: 'The job is run again, once.',
  lower: 'Another version is proposed instead.',
  hold: 'Nothing more is tried.',
}

/** What failed, why, and the one line that shows it; whatever the log says is only ever code. */
function failure({ version, job, cause, line }: Replan): string {
  const quoted = line === '' ? '' : ` — ${code(line, 240)}`
  return `${code(job, 80)} failed with ${code(version, 60)}: ${CAUSES[cause] ?? cell(cause, 40)}${quoted}.`
}

/** What is said about CI in the text of a pull request; empty while CI was never red. */
function section({ replans }: Pick<Memory, 'replans'>): string {
  if (replans.length === 0) return ''
  const left = Math.max(0, ATTEMPTS - replans.filter(({ did }) => did !== 'hold').length)
  const rows = replans.map(replan => `- ${failure(replan)} ${DID[replan.did]}`)
  const more = left === 1 ? '1 attempt is left' : `${left === 0 ? 'No' : left} attempts are left`
  return [BEGIN, '### CI', ...rows, '', `${more}; \`/windlass retry\` begins anew.`, END].join('\n')
}

/** The text of a pull request with what is said about CI: after its first paragraph, or in the place where it stood. */
export function withCi(text: string, memory: Pick<Memory, 'replans'>): string {
  const said = section(memory)
  const start = text.indexOf(BEGIN)
  const end = text.indexOf(END, start)
  if (start >= 0 && end >= 0) return text.slice(0, start) + said + text.slice(end + END.length)
  if (said === '') return text
  const at = text.indexOf('\n\n')
  return at < 0 ? `${text}\n\n${said}` : `${text.slice(0, at)}\n\n${said}${text.slice(at)}`
}

/** Said once where a pull request stays red and nothing more is tried. `reason` is ours. */
export function stillRed(replan: Replan, reason: string): string {
  return [
    `${cell(reason, 400)}: I hold this pull request.`,
    '',
    failure(replan),
    '',
    'A new version, or a change of your files that this upgrade touches, is tried by itself; `/windlass retry` tries this one again.',
  ].join('\n')
}
