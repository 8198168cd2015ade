import type { Chart, FieldChange, KubeObject } from '../model.ts'

/** Functions of Sprig and Helm whose result differs from render to render. */
const RANDOM =
  /\b(?:rand(?:AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)|gen(?:CA|SelfSignedCert|SignedCert|PrivateKey)(?:WithKey)?|uuidv4|shuffle|htpasswd|bcrypt|now|unixEpoch)\b/

/**
 * Whether a template of the chart, or of one of its subcharts, makes something anew at each render. Told by its text: rendering
 * twice would prove it, and cost a render of every chart.
 */
export function isRandom(chart: Chart): boolean {
  const known = answers.get(chart)
  if (known !== undefined) return known
  const found = [...chart.files].some(([path, text]) => /(?:^|\/)templates\//.test(path) && hasRandom(text))
  answers.set(chart, found)
  return found
}

const answers = new WeakMap<Chart, boolean>()

/** Only what stands between `{{` and `}}` is called. */
function hasRandom(text: string): boolean {
  return text.split('{{').some((part, i) => i > 0 && RANDOM.test(part.split('}}', 1)[0] ?? ''))
}

/** A difference that such functions leave: the data of a Secret whose keys stay, or a certificate of a webhook. */
export function isMadeAnew({ kind }: KubeObject, { path, from, to }: FieldChange): boolean {
  if (from === undefined || to === undefined) return false
  return (kind === 'Secret' && /^(?:data|stringData)\b/.test(path)) || /(?:^|\.)caBundle$/.test(path)
}
