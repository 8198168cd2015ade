const TRUE = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])
const FALSE = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])
const NULL = new Set(['', '~', 'null', 'Null', 'NULL'])
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/

function integer(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '')
  const octal = /^0[oO]?([0-7]+)$/.exec(digits)
  return sign * (octal ? Number.parseInt(octal[1] ?? '0', 8) : Number(digits))
}

/**
 * What an unquoted scalar means to Kubernetes, Helm, Flux and Argo CD: the rules of go-yaml v2, which all of them
 * read with (github.com/go-yaml/yaml, branch v2, resolve.go): YAML 1.1 booleans, `0644` octal, `1_000`, `1e3`.
 */
export function plainValue(text: string): null | boolean | number | string {
  const first = text.charCodeAt(0)
  const mayBeNumber = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46
  if (!mayBeNumber) {
    // No word that means something is longer than `false`; most texts are.
    if (text.length > 5) return text
    if (NULL.has(text)) return null
    if (TRUE.has(text)) return true
    return FALSE.has(text) ? false : text
  }
  const plain = text.replaceAll('_', '')
  if (INTEGER.test(plain)) return integer(plain)
  if (FLOAT.test(plain)) return Number(plain)
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return text === '.nan' || text === '.NaN' || text === '.NAN' ? Number.NaN : text
}
