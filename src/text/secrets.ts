import { hasSecretName, looksRandom, mayNameSecret } from './secret-words.ts'

const GONE = '[redacted]'

/** A shape that is a secret by itself; what `keep` names stays in front. Each is tried once per run of its characters, so the time is linear. */
const SHAPES: readonly RegExp[] = [
  // PEM and PGP private keys, complete or cut
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){0,32768}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
  // age keys, and values that SOPS encrypted
  /AGE-SECRET-KEY-1[0-9A-Z]{20,}/g,
  /ENC\[[A-Z0-9_]{1,32},[^\][]*\]?/g,
  // JSON web tokens
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  // AWS key ids
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  // GitHub, GitLab, Slack, npm, PyPI, Docker, HashiCorp, Grafana, Stripe, OpenAI and the like: prefix and body
  /(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-|glsa_|glc_|xox[a-z]-|xapp-|npm_|pypi-|dckr_(?:pat|oat)_|hv[sbr]\.|[srp]k_(?:live|test)_|sk-|hf_|do[opr]_v1_|shp(?:at|ca|pa|ss)_|lin_api_|NRAK-|tskey-|sntry[su]_|pul-|ATATT3|dp\.[a-z]{2}\.|ya29\.|AIza|SG\.)[\w.=-]{16,}/g,
  // Telegram bots, Terraform Cloud
  /(?<![\w-])\d{8,10}:AA[\w-]{30,}/g,
  /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,}/g,
  // webhook addresses that are their own credential
  /(?<=\/\/hooks\.slack\.com\/)[\w/-]+|(?<=\/api\/webhooks\/)\d+\/[\w-]+/g,
  // credentials in an address: user:password@, or a long token@
  /(?<=:\/\/)(?:[^\s/@:'"`]{0,256}:[^\s/'"`]{1,512}|[^\s/@:'"`]{20,512})(?=@)/g,
  // Authorization headers, and curl's
  /(?<=\bauthorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)[^\s"'][^\n"']*/gi,
  /(?<=\s(?:-u|--user)[ =]{1,4})[^\s:]{1,256}:\S+/g,
]

/** The front of `--flag value`, `key=value` and `key: value`; group 1 is the name. */
const KEY = /(?<![\w.-])([\w.-]{1,200})(?:["']?[ \t]{0,8}(?:=>|[:=])[ \t]{0,8}|(?<=--[\w.-]{1,100})[ \t]{1,8})/g

/** What stands behind such a front, quoted or not. */
const VALUE = /^(?:\[redacted\]|"[^"\n]*"?|'[^'\n]*'?|[^\s,;"'`}\])]+)/

/** A line of YAML that is only `key: value`: the value reaches to the end of the line. Group 1 is its indentation. */
const YAML_LINE = /^([-+ \t]{0,200})(["']?)([\w./-]{1,200})\2([ \t]{0,8}:[ \t]+)(\S.*)$/

/** The two halves of an entry in a list of names and values, as in a container's environment. */
const NAMED =
  /(["']?\bname["']?[ \t]{0,8}[:=][ \t]{0,8}["']?)([\w.-]{1,200})(["']?\s{0,200},?\s{0,8}[{"']?value["']?[ \t]{0,8}[:=][ \t]{0,8})(\[redacted\]|"[^"\n]*"?|'[^'\n]*'?|[^\s,}\]]+)/g

const LONG_WORD = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{32,}/g
const BEARER = /(?<=\b(?:bearer|basic|token)[ \t]{1,4})[\w+/.~-]{16,}=*/gi

/**
 * Text without secrets: known token shapes, values beside names that mean a secret, and long random words become `[redacted]`.
 * For everything that goes to a model, a log or GitHub. Linear in the length of the text; doing it twice changes nothing.
 */
export function redact(text: string): string {
  const shaped = SHAPES.reduce((rest, shape) => rest.replace(shape, GONE), text)
  const named = redactLines(shaped).replace(NAMED, (all, name: string, word: string, between: string, value: string) =>
    isSecretPair(word, value) ? `${name}${word}${between}${hide(value)}` : all,
  )
  return redactPairs(named)
    .replace(BEARER, word => (/\d/.test(word) || looksRandom(word) ? GONE : word))
    .replace(LONG_WORD, word => (looksRandom(word) ? GONE : word))
}

/** Longest value that is looked at beside a name that only may mean a secret: those values are looked at again, so this bounds the time. */
const GLANCE = 200

/** Pairs may stand inside the value of another (`error: token: x`), so only a value that is hidden is consumed. */
function redactPairs(text: string): string {
  let shown = ''
  let done = 0
  for (const front of text.matchAll(KEY)) {
    const name = front[1] ?? ''
    const start = front.index + front[0].length
    if (front.index < done) continue
    const value = valueAt(text, start, name)
    if (value === null || !isSecretPair(name, value)) continue
    shown += text.slice(done, start) + hide(value)
    done = start + value.length
  }
  return shown + text.slice(done)
}

function valueAt(text: string, start: number, name: string): string | null {
  if (!mayNameSecret(name)) return null
  const glance = VALUE.exec(text.slice(start, start + GLANCE))?.[0] ?? null
  if (glance === null || HARMLESS.test(glance) || !hasSecretName(name)) return glance
  return VALUE.exec(text.slice(start))?.[0] ?? null
}

/** Whole lines of YAML, block scalars included: `password: |` hides every deeper line that follows. */
function redactLines(text: string): string {
  let hidden: number | null = null
  return text
    .split('\n')
    .map(line => {
      const indent = line.search(/[^\s+-]/)
      if (hidden !== null && (indent > hidden || indent === -1))
        return indent === -1 ? line : line.slice(0, indent) + GONE
      hidden = null
      const found = YAML_LINE.exec(line)
      if (!found) return line
      const [, lead = '', quote = '', word = '', colon = '', value = ''] = found
      if (!hasSecretName(word)) return line
      if (/^[|>][-+\d]{0,3}\s*$/.test(value)) hidden = lead.length
      else if (isSecretPair(word, value)) return `${lead}${quote}${word}${quote}${colon}${hide(value)}`
      return line
    })
    .join('\n')
}

/** Values that are no secret beside any name: nothing, a switch, a reference to be filled in, or what is hidden already. */
const HARMLESS =
  /^(?:|true|false|null|nil|none|~|\{|\[|\[\]|\{\}|[|>][-+]?|\*+|\[redacted\].*|\$?\{.*|\$\(.*|<[^>]*>?|REDACTED)$/i

function isSecretPair(word: string, value: string): boolean {
  const bare = value.replace(/^(["'])(.*?)\1?[,;]?$/, '$2').trim()
  if (HARMLESS.test(bare)) return false
  return hasSecretName(word) || (mayNameSecret(word) && looksRandom(bare))
}

function hide(value: string): string {
  const quote = /^["']/.exec(value)?.[0]
  if (!quote) return GONE
  return value.length > 1 && value.endsWith(quote) ? `${quote}${GONE}${quote}` : `${quote}${GONE}`
}
